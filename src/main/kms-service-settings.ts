import { isIP } from 'node:net'
import { z } from 'zod'
import type { KmsOptions } from '../adapters/kms/providers.ts'
import type { KmsName } from '../core/domain/kms.ts'

/** Where a service is asked: over TLS, except on this machine, since tokens and data keys go over it. */
const serviceUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (url !== undefined && plain && (url.protocol === 'https:' || isLocal(url))) {
    if (!url.pathname.endsWith('/')) url.pathname += '/'
    return url
  }
  context.addIssue({
    code: 'custom',
    message:
      'must be an https:// URL without query, such as https://kms.example.com; http:// only on this machine',
  })
  return z.NEVER
})

function isLocal({ protocol, hostname }: URL): boolean {
  const loopback =
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  return protocol === 'http:' && loopback
}

/** Vault's own rule for names of keys; a mount may have several parts. */
const vaultName = z.string().regex(/^\w(?:[\w.-]*\w)?$/, 'must be a name of letters, digits, - and .')
const vaultPath = z
  .string()
  .regex(
    /^\w(?:[\w.-]*\w)?(?:\/\w(?:[\w.-]*\w)?)*$/,
    'must be a path such as transit, without slashes around it',
  )
const path = z.string().min(1, 'must be a path')
const awsKey = z
  .string()
  .regex(/^(alias\/|arn:[a-z0-9-]+:kms:)?[0-9A-Za-z:/_-]+$/, "must be a key's id, its ARN or alias/…")
const awsRegion = z.string().regex(/^[a-z0-9-]+$/, 'must be an AWS region such as eu-central-1')

/** One group a KMS; each is used where its settings are given. */
export const KMS_SERVICE_SETTINGS = {
  kmsAwsKeyId: awsKey.optional(),
  kmsAwsRegion: awsRegion.optional(),
  kmsAwsEndpoint: serviceUrl.optional(),
  kmsVaultAddress: serviceUrl.optional(),
  kmsVaultTokenFile: path.optional(),
  kmsVaultKey: vaultName.optional(),
  kmsVaultMount: vaultPath.optional(),
  kmsVaultNamespace: vaultPath.optional(),
  kmsVaultCaFile: path.optional(),
  kmsHttpUrl: serviceUrl.optional(),
  kmsHttpTokenFile: path.optional(),
  kmsHttpCaFile: path.optional(),
  kmsHttpCertFile: path.optional(),
  kmsHttpKeyFile: path.optional(),
} as const

type Name = keyof typeof KMS_SERVICE_SETTINGS
type Given = { readonly [Member in Name]: z.output<(typeof KMS_SERVICE_SETTINGS)[Member]> }
type Source = (name: Name) => string

/** The groups that are given; a half one is a problem naming what is missing, and so is a preferred one that isn't. */
export function kmsServicesFrom(
  preferred: KmsName,
  given: Given,
  source: Source,
  problems: string[],
): Omit<KmsOptions, 'local'> {
  for (const { kms, prefix, needs } of GROUPS) {
    if (kms === preferred && !isGiven(prefix, given))
      problems.push(`CHANCERY_KMS: ${kms} needs ${needs.map(source).join(', ')}`)
  }
  return {
    preferred,
    awsKms: awsFrom(given, source, problems),
    vaultTransit: vaultFrom(given, source, problems),
    http: httpFrom(given, source, problems),
  }
}

/** What of its group a KMS can't do without. */
const GROUPS = [
  { kms: 'aws-kms', prefix: 'kmsAws', needs: ['kmsAwsKeyId', 'kmsAwsRegion'] },
  {
    kms: 'vault-transit',
    prefix: 'kmsVault',
    needs: ['kmsVaultAddress', 'kmsVaultTokenFile', 'kmsVaultKey'],
  },
  { kms: 'http', prefix: 'kmsHttp', needs: ['kmsHttpUrl'] },
] as const satisfies readonly { kms: KmsName; prefix: string; needs: readonly Name[] }[]

const firstOf = (prefix: string, given: Given): Name | undefined =>
  (Object.keys(KMS_SERVICE_SETTINGS) as Name[]).find(
    (name) => name.startsWith(prefix) && given[name] !== undefined,
  )
const isGiven = (prefix: string, given: Given): boolean => firstOf(prefix, given) !== undefined

/** Names each setting that a group, given in part, lacks. */
function checkWhole(kms: KmsName, given: Given, source: Source, problems: string[]): void {
  const group = GROUPS.find((each) => each.kms === kms)
  const first = group === undefined ? undefined : firstOf(group.prefix, given)
  if (group === undefined || first === undefined) return
  for (const name of group.needs) {
    if (given[name] === undefined) problems.push(`${source(name)}: is missing; ${source(first)} needs it`)
  }
}

function awsFrom(given: Given, source: Source, problems: string[]): KmsOptions['awsKms'] {
  const { kmsAwsKeyId: keyId, kmsAwsRegion: region, kmsAwsEndpoint: endpoint } = given
  checkWhole('aws-kms', given, source, problems)
  return keyId === undefined || region === undefined ? undefined : { keyId, region, endpoint }
}

function vaultFrom(given: Given, source: Source, problems: string[]): KmsOptions['vaultTransit'] {
  const { kmsVaultAddress: address, kmsVaultTokenFile: tokenFile, kmsVaultKey: key } = given
  checkWhole('vault-transit', given, source, problems)
  if (address === undefined || tokenFile === undefined || key === undefined) return undefined
  return {
    address,
    tokenFile,
    key,
    mount: given.kmsVaultMount ?? 'transit',
    namespace: given.kmsVaultNamespace,
    caFile: given.kmsVaultCaFile,
  }
}

function httpFrom(given: Given, source: Source, problems: string[]): KmsOptions['http'] {
  const { kmsHttpUrl: url, kmsHttpTokenFile: tokenFile } = given
  const { kmsHttpCertFile: certFile, kmsHttpKeyFile: keyFile, kmsHttpCaFile: caFile } = given
  checkWhole('http', given, source, problems)
  if (!isGiven('kmsHttp', given)) return undefined
  if ((certFile === undefined) !== (keyFile === undefined)) {
    problems.push(
      `${source(certFile === undefined ? 'kmsHttpCertFile' : 'kmsHttpKeyFile')}: is missing; certificate and key file go together`,
    )
  }
  if (tokenFile === undefined && certFile === undefined && keyFile === undefined) {
    problems.push(
      `${source('kmsHttpTokenFile')}: is missing; the signer must know who asks, by a token or by ${source('kmsHttpCertFile')} and ${source('kmsHttpKeyFile')}`,
    )
  }
  return url === undefined ? undefined : { url, tokenFile, caFile, certFile, keyFile }
}
