import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig, type ConfigError } from '../../src/main/config.ts'

const load = (environment: Record<string, string>) => loadConfig(environment, 'normal')
const SECRET = 'a+secret/of=the-storage'
const WHOLE = {
  CHANCERY_S3_ENDPOINT: 'https://s3.example.com:9000',
  CHANCERY_S3_BUCKETS: 'crl-example, pki-*',
  CHANCERY_S3_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  CHANCERY_S3_SECRET_ACCESS_KEY: SECRET,
}
const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    load(environment)
  } catch (error) {
    return (error as ConfigError).problems
  }
  return []
}

describe('a storage that speaks S3', () => {
  test('isn’t there unless it is configured', () => {
    const { config, secrets } = load({})
    expect(config.objectStorage).toBeUndefined()
    expect(secrets.objectStorage()).toBeUndefined()
  })

  test('is an endpoint, the buckets that lie there, and a key, whose secret is kept apart', () => {
    const { config, secrets } = load(WHOLE)
    expect(config.objectStorage).toEqual({
      endpoint: 'https://s3.example.com:9000',
      region: 'us-east-1',
      addressing: 'path',
      buckets: ['crl-example', 'pki-*'],
    })
    expect(secrets.objectStorage()).toEqual({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: SECRET })
    expect(JSON.stringify(config)).not.toContain(SECRET)
  })

  test('has its secret in a file, a region and virtual hosts where that is wanted', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'chancery-')), 'secret')
    writeFileSync(file, `${SECRET}\n`)
    const { CHANCERY_S3_SECRET_ACCESS_KEY: _, ...rest } = WHOLE
    const { config, secrets } = load({
      ...rest,
      CHANCERY_S3_SECRET_ACCESS_KEY_FILE: file,
      CHANCERY_S3_REGION: 'eu-central-1',
      CHANCERY_S3_ADDRESSING: 'virtual',
    })
    expect(config.objectStorage).toMatchObject({ region: 'eu-central-1', addressing: 'virtual' })
    expect(secrets.objectStorage()?.secretAccessKey).toBe(SECRET)
  })

  test.each<[Partial<Record<string, string | undefined>>, string]>([
    [{ CHANCERY_S3_ENDPOINT: 's3.example.com' }, 'CHANCERY_S3_ENDPOINT: must be an http:// or https:// URL'],
    [{ CHANCERY_S3_ENDPOINT: 'https://s3.example.com/base' }, 'without path'],
    [{ CHANCERY_S3_ENDPOINT: 'https://key:secret@s3.example.com' }, 'user and password'],
    [{ CHANCERY_S3_ENDPOINT: undefined }, 'CHANCERY_S3_BUCKETS: goes with CHANCERY_S3_ENDPOINT'],
    [{ CHANCERY_S3_BUCKETS: undefined }, 'CHANCERY_S3_BUCKETS: must name the buckets'],
    [{ CHANCERY_S3_BUCKETS: 'Upper' }, 'must be names of buckets'],
    [{ CHANCERY_S3_BUCKETS: 'a*b' }, 'must be names of buckets'],
    [{ CHANCERY_S3_ACCESS_KEY_ID: undefined }, 'CHANCERY_S3_ACCESS_KEY_ID: must be the id'],
    [{ CHANCERY_S3_ACCESS_KEY_ID: 'with/slash' }, 'CHANCERY_S3_ACCESS_KEY_ID: must be the id'],
    [{ CHANCERY_S3_SECRET_ACCESS_KEY: undefined }, 'CHANCERY_S3_SECRET_ACCESS_KEY: must be the secret'],
    [{ CHANCERY_S3_SECRET_ACCESS_KEY: 'two words' }, 'CHANCERY_S3_SECRET_ACCESS_KEY: must be the secret'],
    [{ CHANCERY_S3_SECRET_ACCESS_KEY_FILE: '/none' }, 'not both'],
    [
      { CHANCERY_S3_SECRET_ACCESS_KEY: undefined, CHANCERY_S3_SECRET_ACCESS_KEY_FILE: '/none' },
      'CHANCERY_S3_SECRET_ACCESS_KEY_FILE: can',
    ],
    [{ CHANCERY_S3_REGION: 'eu central' }, 'CHANCERY_S3_REGION: must be a region name'],
    [{ CHANCERY_S3_ADDRESSING: 'both' }, 'CHANCERY_S3_ADDRESSING: must be path or virtual'],
  ])('refuses %j', (more, message) => {
    const environment = Object.entries({ ...WHOLE, ...more }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    const problems = problemsOf(Object.fromEntries(environment))
    expect(
      problems.some((problem) => problem.includes(message)),
      problems.join('\n'),
    ).toBe(true)
    expect(problems.join()).not.toContain(SECRET)
    expect(problems.join()).not.toContain('two words')
  })
})
