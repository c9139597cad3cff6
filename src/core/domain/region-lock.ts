import { partitionOf } from './arns.ts'
import { ChanceryError } from './errors.ts'
import { isAccountId, isRegion, type AccountId, type Region } from './ids.ts'

/** What uses a certificate, as its ARN says. */
export type ResourceArn = {
  readonly arn: string
  readonly service: string
  /** Undefined for a global resource, such as a content distribution. */
  readonly region: Region | undefined
}

const PART = /^[a-z0-9-]{1,64}$/
const RESOURCE = /^[\x21-\x7e]{1,800}$/

/** Reads one. @throws request_invalid naming `resourceArn` when it is none, or another account's */
export function resourceArnFrom(text: string, account: AccountId): ResourceArn {
  const [prefix, partition = '', service = '', region = '', owner = '', ...rest] = text.split(':')
  const complain = (message: string) =>
    new ChanceryError('request_invalid', `resourceArn: ${message}`, {
      violations: [{ code: 'resource_arn', field: 'resourceArn', message }],
    })
  if (prefix !== 'arn' || !PART.test(partition) || !PART.test(service) || !RESOURCE.test(rest.join(':')))
    throw complain('an ARN is arn:partition:service:region:account:resource')
  if (region !== '' && !isRegion(region)) throw complain('its region is none; eu-central-1 would be one')
  if (owner !== '' && !isAccountId(owner)) throw complain('its account is none; it has 12 decimal digits')
  if (owner !== '' && owner !== account) throw complain(`belongs to another account; this is ${account}`)
  if (region !== '' && partition !== partitionOf(region))
    throw complain(`${region} is in the partition ${partitionOf(region)}`)
  return { arn: text, service, region: region === '' ? undefined : region }
}

/** Services whose resources are global, whatever their ARNs say. */
const GLOBAL_SERVICES: ReadonlySet<string> = new Set(['cloudfront'])

/**
 * What the region lock has against a use: a certificate is used in its own region; by a global resource, only one of
 * the global region. Undefined when it has nothing.
 */
export function regionLockRefusal(
  resource: ResourceArn,
  own: Region,
  globalRegion: Region,
): { readonly message: string; readonly region: Region } | undefined {
  const isGlobal = resource.region === undefined || GLOBAL_SERVICES.has(resource.service)
  const needed = isGlobal ? globalRegion : resource.region
  if (needed === own) return undefined
  const what = isGlobal
    ? 'a global resource takes only certificates of the global region'
    : `it is in ${needed}`
  return {
    message: `${what}; this certificate is in ${own}. Request or import one in ${needed}.`,
    region: needed,
  }
}
