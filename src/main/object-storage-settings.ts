import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Addressing } from '../adapters/s3/object-url.ts'
import type { S3Credentials } from '../adapters/s3/signed-headers.ts'

const BUCKET = /^(?:[a-z0-9][a-z0-9.-]{0,62}\*?|\*)$/
const text = z.string().min(1).optional()

/** Of a storage that buckets lie in, too. */
export const OBJECT_STORAGE_SETTINGS = {
  s3Endpoint: text,
  s3Region: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must be a region name such as us-east-1')
    .default('us-east-1'),
  s3Addressing: z.enum(['path', 'virtual'], 'must be path or virtual').default('path'),
  s3Buckets: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',').flatMap((part) => part.trim() || []) : value),
      z.array(
        z
          .string()
          .regex(BUCKET, 'must be names of buckets, such as crl-example or, for all that begin so, crl-*'),
      ),
    )
    .default([]),
  s3AccessKeyId: text,
  s3SecretAccessKey: text,
  s3SecretAccessKeyFile: text,
} as const

type Name = keyof typeof OBJECT_STORAGE_SETTINGS
/** What was wrong is undefined, and told of already. */
type Given = { readonly [Member in Name]: z.output<(typeof OBJECT_STORAGE_SETTINGS)[Member]> | undefined }

export type ObjectStorageConfig = {
  /** An origin. */
  readonly endpoint: string
  readonly region: string
  readonly addressing: Addressing
  /** What of the accounts' buckets lies there; one that ends in `*` stands for all that begin so. */
  readonly buckets: readonly string[]
}

/** The group, and what requests are signed with; undefined where there is no storage. */
export function objectStorageFrom(
  given: Given,
  source: (name: Name) => string,
  problems: string[],
): { readonly objectStorage: ObjectStorageConfig | undefined; readonly secret: S3Credentials | undefined } {
  const none = { objectStorage: undefined, secret: undefined }
  if (given.s3Endpoint === undefined) {
    const lonely = (['s3AccessKeyId', 's3SecretAccessKey', 's3SecretAccessKeyFile'] as const).filter(
      (name) => given[name] !== undefined,
    )
    if ((given.s3Buckets ?? []).length > 0)
      problems.push(`${source('s3Buckets')}: goes with ${source('s3Endpoint')}`)
    for (const name of lonely) problems.push(`${source(name)}: goes with ${source('s3Endpoint')}`)
    return none
  }
  const endpoint = originFrom(given.s3Endpoint, source('s3Endpoint'), problems)
  if (given.s3Buckets?.length === 0)
    problems.push(
      `${source('s3Buckets')}: must name the buckets that lie in the storage, since accounts choose names and nothing else is to be written to; * for all`,
    )
  const secret = credentialsIn(given, source, problems)
  const { s3Region: region, s3Addressing: addressing, s3Buckets: buckets } = given
  const known = region !== undefined && addressing !== undefined && buckets !== undefined
  if (!known || endpoint === undefined || secret === undefined) return none
  return { objectStorage: { endpoint, region, addressing, buckets }, secret }
}

function originFrom(given: string, source: string, problems: string[]): string | undefined {
  const url = URL.canParse(given) ? new URL(given) : undefined
  const right = (url?.protocol === 'https:' || url?.protocol === 'http:') && url.href === `${url.origin}/`
  if (right) return url.origin
  problems.push(
    `${source}: must be an http:// or https:// URL without path, query, user and password, such as https://s3.example.com:9000`,
  )
  return undefined
}

/** What is given is never repeated. */
function credentialsIn(
  { s3AccessKeyId: accessKeyId, s3SecretAccessKey, s3SecretAccessKeyFile: file }: Given,
  source: (name: Name) => string,
  problems: string[],
): S3Credentials | undefined {
  const before = problems.length
  const name = source(file === undefined ? 's3SecretAccessKey' : 's3SecretAccessKeyFile')
  let secretAccessKey = s3SecretAccessKey
  if (s3SecretAccessKey !== undefined && file !== undefined)
    problems.push(`${name}: give either the secret access key or its file, not both`)
  else if (file !== undefined)
    try {
      secretAccessKey = readFileSync(file, 'utf8').trim()
    } catch (error) {
      problems.push(`${name}: can't be read: ${error instanceof Error ? error.message : String(error)}`)
    }
  if (accessKeyId === undefined || !/^[\x21-\x2b\x2d\x2e\x30-\x7e]{1,128}$/.test(accessKeyId))
    problems.push(
      `${source('s3AccessKeyId')}: must be the id of an access key of the storage, visible ASCII without , and /`,
    )
  if (problems.length > before) return undefined
  if (
    accessKeyId !== undefined &&
    secretAccessKey !== undefined &&
    /^[\x21-\x7e]{1,256}$/.test(secretAccessKey)
  )
    return { accessKeyId, secretAccessKey }
  problems.push(`${name}: must be the secret of the access key, visible ASCII`)
  return undefined
}
