import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { isAccessKeyId, isGivenSecret } from '../core/domain/access-keys.ts'
import { ChanceryError } from '../core/domain/errors.ts'
import { IDENTITY_NAME, POLICY_NAME } from '../core/domain/identities.ts'
import { isAccountId, SYSTEM_ACCOUNT } from '../core/domain/ids.ts'
import { applyBootstrap, type Bootstrap } from '../core/operations/installation/bootstrap.ts'
import { sha256Hex } from '../core/x509/digest.ts'
import type { Ports } from '../core/ports/ports.ts'

const SETTING = 'CHANCERY_BOOTSTRAP_FILE'
const MAX_SIZE = 4 * 1024 * 1024

const name = z.string().regex(IDENTITY_NAME, 'letters, digits and _+=,.@- are expected')
const policyName = z.string().regex(POLICY_NAME, 'letters, digits and _+=,.@- are expected')
const account = z
  .string()
  .refine(isAccountId, 'an account is 12 decimal digits')
  .refine((id) => id !== SYSTEM_ACCOUNT, 'belongs to the installation itself')
const document = z
  .union([z.string(), z.record(z.string(), z.unknown())])
  .transform((given) => (typeof given === 'string' ? given : JSON.stringify(given, undefined, 2)))
const policies = z.array(policyName).max(20).optional()
const bounded = {
  name,
  policies,
  boundary: policyName.optional(),
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).optional(),
}
const text = z.string().max(1000).optional()

const schema = z.strictObject({
  accounts: z
    .array(
      z.strictObject({
        id: account,
        name: z.string().min(1).max(128),
        policies: z.array(z.strictObject({ name: policyName, description: text, document })).optional(),
        groups: z.array(z.strictObject({ name, policies })).optional(),
        roles: z
          .array(
            z.strictObject({
              ...bounded,
              description: text,
              trust: document,
              maxSessionSeconds: z.number().int().min(3600).max(43_200).optional(),
            }),
          )
          .optional(),
        users: z
          .array(
            z.strictObject({
              ...bounded,
              groups: z.array(name).max(10).optional(),
              accessKeys: z
                .array(
                  z.strictObject({
                    id: z.string().refine(isAccessKeyId, '16 to 128 capital letters and digits are expected'),
                    secret: z
                      .string()
                      .refine(isGivenSecret, '40 to 128 visible ASCII characters are expected'),
                  }),
                )
                .max(2)
                .optional(),
            }),
          )
          .optional(),
      }),
    )
    .min(1)
    .max(1000),
  organization: z
    .strictObject({ managementAccount: account, accounts: z.array(account).max(1000).optional() })
    .optional(),
})

/**
 * Applies the operator's bootstrap file, at the first start that has one.
 * @throws Error for the operator, naming every wrong member: nothing of the file is taken then
 */
export async function bootstrapFrom(ports: Ports, path: string | undefined): Promise<void> {
  if (path === undefined) return
  const octets = octetsOf(path)
  try {
    const outcome = await applyBootstrap(ports, parsed(path, octets), sha256Hex(octets))
    if (outcome === 'applied') ports.logger.info({ file: path }, 'the bootstrap file was applied')
    if (outcome === 'other')
      ports.logger.warn(
        { file: path },
        'the bootstrap file is another one than was applied at the first start; it is not looked at any more',
      )
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    throw failure(path, `is wrong: ${error.message}`, error)
  }
}

function octetsOf(path: string): Buffer {
  try {
    const { mode, size } = statSync(path)
    if (size > MAX_SIZE) throw new Error(`it is larger than ${MAX_SIZE} octets`)
    if ((mode & 0o077) !== 0)
      throw new Error(`others can read it, and it may hold secrets: chmod 600 ${path}`)
    return readFileSync(path)
  } catch (error) {
    throw failure(path, `can’t be used: ${error instanceof Error ? error.message : String(error)}`, error)
  }
}

function parsed(path: string, octets: Buffer): Bootstrap {
  let json: unknown
  try {
    json = JSON.parse(octets.toString('utf8'))
  } catch {
    // The parser's own words may show a piece of the file, which holds secrets.
    throw failure(path, 'is no JSON')
  }
  const result = schema.safeParse(json)
  if (result.success) return definedOnly(result.data) as Bootstrap
  const problems = result.error.issues.map(({ path: at, message }) => `${pathText(at)}: ${message}`)
  throw failure(path, `is wrong: ${problems.join('; ')}`)
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text && '.'}${String(part)}`),
    '',
  )

/** Absent rather than undefined, as the core takes it. */
const definedOnly = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const failure = (path: string, what: string, cause?: unknown): Error =>
  new Error(`${SETTING}: ${path} ${what}`, cause === undefined ? {} : { cause })
