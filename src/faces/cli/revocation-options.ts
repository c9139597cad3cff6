import { InvalidArgumentError, Option, type Command } from 'commander'
import type { RequestOf } from '../../contract/index.ts'
import { HOUR } from '../../core/domain/time.ts'
import { span } from './option-values.ts'

export type RevocationOptions = {
  readonly crlKind?: 'complete' | 'partitioned' | 'off'
  readonly crlLifetime?: number
  readonly crlDelta?: number | 'off'
  readonly crlHost?: string
  readonly crlPath?: string
  readonly crlBucket?: string
  readonly ocsp?: 'on' | 'off'
  readonly ocspLifetime?: number
  readonly ocspHost?: string
  readonly caIssuers?: 'on' | 'off'
}

type Wishes = NonNullable<RequestOf<'createAuthority'>['body']['revocation']>

/** Parses a span such as `36h` or `7d` into hours. @throws InvalidArgumentError */
function hours(text: string): number {
  const value = span(text) / HOUR
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('A span of whole hours is expected, such as 36h or 7d.')
}

/** Adds how an authority tells of revocations; `usual` takes back what was set before. */
export function addRevocationOptions(command: Command): void {
  command
    .addOption(
      new Option('--crl-kind <kind>', 'one CRL for all, one for each 10,000, or none').choices([
        'complete',
        'partitioned',
        'off',
      ]),
    )
    .option('--crl-lifetime <span>', 'how long a CRL is good, such as 36h or 7d', hours)
    .option('--crl-delta <span>', 'make delta CRLs, good for so long; off for none', (text) =>
      text === 'off' ? 'off' : hours(text),
    )
    .option('--crl-host <name>', 'host name of CRLs in certificates; usual for the public URL’s')
    .option('--crl-path <path>', 'path of CRLs in certificates, / for none; usual for crl')
    .option('--crl-bucket <name>', 'bucket that CRLs are kept in; usual for none')
    .addOption(
      new Option('--ocsp <switch>', 'whether certificates name the responder').choices(['on', 'off']),
    )
    .option('--ocsp-lifetime <span>', 'how long its answers are good, such as 24h', hours)
    .option('--ocsp-host <name>', 'host name of the responder in certificates; usual for the public URL’s')
    .addOption(
      new Option('--ca-issuers <switch>', 'whether certificates name where their issuer’s is').choices([
        'on',
        'off',
      ]),
    )
}

const usually = (text: string): string | null => (text === 'usual' ? null : text)

/** What the options ask for; undefined when none was given. */
export function revocationFrom(options: RevocationOptions): Wishes | undefined {
  const { crlKind, crlLifetime, crlDelta, crlHost, crlPath, crlBucket } = options
  const { ocsp, ocspLifetime, ocspHost, caIssuers } = options
  const lists: Wishes['crl'] = {
    ...(crlKind === undefined
      ? {}
      : crlKind === 'off'
        ? { enabled: false }
        : { enabled: true, kind: crlKind === 'complete' ? 'COMPLETE' : 'PARTITIONED' }),
    ...(crlLifetime === undefined ? {} : { hours: crlLifetime }),
    ...(crlDelta === undefined ? {} : { deltaHours: crlDelta === 'off' ? null : crlDelta }),
    ...(crlHost === undefined ? {} : { host: usually(crlHost) }),
    ...(crlPath === undefined ? {} : { path: usually(crlPath) }),
    ...(crlBucket === undefined ? {} : { bucket: usually(crlBucket) }),
  }
  const responder: Wishes['ocsp'] = {
    ...(ocsp === undefined ? {} : { enabled: ocsp === 'on' }),
    ...(ocspLifetime === undefined ? {} : { hours: ocspLifetime }),
    ...(ocspHost === undefined ? {} : { host: usually(ocspHost) }),
  }
  const wishes: Wishes = {
    ...(Object.keys(lists).length === 0 ? {} : { crl: lists }),
    ...(Object.keys(responder).length === 0 ? {} : { ocsp: responder }),
    ...(caIssuers === undefined ? {} : { caIssuers: caIssuers === 'on' }),
  }
  return Object.keys(wishes).length === 0 ? undefined : wishes
}
