import * as sdk from '@aws-sdk/client-kms'

/**
 * AWS's published model as its SDK carries it: a structure is [3, namespace, name, traits, members, types, how many of
 * the first are required]; 0 is a string, 1 a number, 2 a flag, 4 a time, 21 octets, 64 a list of such, 128 a map.
 */
type Structure = readonly [number, string, string, unknown, readonly string[], readonly unknown[], number?]
type Type = unknown

const schemas = sdk as unknown as Readonly<Record<string, Type>>
/** Members whose strings are of a closed list. */
const ENUMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  KeySpec: sdk.KeySpec,
  KeyUsage: sdk.KeyUsageType,
  SigningAlgorithm: sdk.SigningAlgorithmSpec,
  MessageType: sdk.MessageType,
  EncryptionAlgorithm: sdk.EncryptionAlgorithmSpec,
  KeyState: sdk.KeyState,
  Origin: sdk.OriginType,
  KeyManager: sdk.KeyManagerType,
  RotationType: sdk.RotationType,
}

/** Throws when `value` isn't what the model says of `<operation><Request|Response>`. */
export function checkAgainstModel(operation: string, part: 'Request' | 'Response', value: unknown): void {
  const schema = schemas[`${operation}${part}$`]
  if (schema === undefined) throw new Error(`the model has no ${operation}`)
  check(`${operation}${part}`, schema, value)
}

function check(where: string, given: Type, value: unknown): void {
  const type: Type = typeof given === 'function' ? (given as () => Type)() : given
  const wrong = (right: string): Error => new Error(`${where} must be ${right}`)
  if (Array.isArray(type)) {
    const [kind] = type as unknown as Structure
    if (kind === 3) return checkStructure(where, type as unknown as Structure, value)
    if (kind === 1) {
      if (!Array.isArray(value)) throw wrong('a list')
      for (const item of value) check(`${where}[]`, type[4], item)
      return
    }
    // A simple type with traits: [0, namespace, name, traits, type], or [() => type, traits] in a member.
    return check(where, kind === 0 ? type[4] : type[0], value)
  }
  const simple = type as number
  if ((simple & 128) !== 0) {
    if (typeof value !== 'object' || value === null) throw wrong('a map')
    for (const [name, item] of Object.entries(value)) check(`${where}.${name}`, simple & ~128, item)
  } else if ((simple & 64) !== 0) {
    if (!Array.isArray(value)) throw wrong('a list')
    for (const item of value) check(`${where}[]`, simple & ~64, item)
  } else if (simple === 0) {
    if (typeof value !== 'string') throw wrong('a string')
    const values = ENUMS[where.split('.').at(-1) ?? '']
    if (values !== undefined && !Object.values(values).includes(value)) throw wrong('one of the list')
  } else if (simple === 1 || simple === 4) {
    if (typeof value !== 'number') throw wrong('a number')
  } else if (simple === 2) {
    if (typeof value !== 'boolean') throw wrong('true or false')
  } else if (simple === 21) {
    if (typeof value !== 'string' || Buffer.from(value, 'base64').toString('base64') !== value)
      throw wrong('base64')
  } else throw new Error(`${where}: the model has a type ${String(simple)} that this check doesn't know`)
}

function checkStructure(
  where: string,
  [, , , , members, types, required = 0]: Structure,
  value: unknown,
): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${where} must be an object`)
  const given = value as Record<string, unknown>
  const unknown = Object.keys(given).find((name) => !members.includes(name))
  if (unknown !== undefined) throw new Error(`${where} has no member ${unknown}`)
  const missing = members.slice(0, required).find((name) => given[name] === undefined)
  if (missing !== undefined) throw new Error(`${where} must have ${missing}`)
  for (const [place, name] of members.entries()) {
    if (given[name] !== undefined) check(`${where}.${name}`, types[place], given[name])
  }
}
