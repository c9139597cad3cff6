import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SECOND } from '../../src/core/domain/time.ts'
import { loadConfig, type ConfigError } from '../../src/main/config.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const CHANCERY_REPOSITORY_WEBHOOK = 'http://127.0.0.1:9000/purge'
const load = (environment: Record<string, string>) => loadConfig(environment, 'normal')

describe('the public port', () => {
  test('has no rules but its own, and tells nobody, unless told to', () => {
    expect(load({}).config.repository).toEqual({ cacheRules: [], webhook: undefined })
    expect(load({}).secrets.repositoryWebhook()).toBeUndefined()
  })

  test('takes an ordered list of cache rules', () => {
    const CHANCERY_CACHE_RULES = '/crl/*-delta.crl=0,5,10; /ca/**=60,3600,86400'
    expect(load({ CHANCERY_CACHE_RULES }).config.repository.cacheRules).toEqual([
      { path: '/crl/*-delta.crl', least: 0, usual: 5 * SECOND, most: 10 * SECOND },
      { path: '/ca/**', least: 60 * SECOND, usual: 3600 * SECOND, most: 86_400 * SECOND },
    ])
  })

  test('signs for its webhook with a secret of its own, which may be in a file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'chancery-')), 'secret')
    writeFileSync(file, `${SECRET}\n`)
    for (const more of [
      { CHANCERY_REPOSITORY_WEBHOOK_SECRET: SECRET },
      { CHANCERY_REPOSITORY_WEBHOOK_SECRET_FILE: file },
    ]) {
      const { config, secrets } = load({ CHANCERY_REPOSITORY_WEBHOOK, ...more })
      expect(config.repository.webhook).toBe(CHANCERY_REPOSITORY_WEBHOOK)
      expect(secrets.repositoryWebhook()).toEqual(new Uint8Array(32).fill(7))
    }
  })

  test.each([
    [{ CHANCERY_CACHE_RULES: 'crl=0,1,2' }, 'is no rule such as'],
    [{ CHANCERY_CACHE_RULES: '/crl=2,1,3' }, 'is no rule such as'],
    [{ CHANCERY_CACHE_RULES: '/crl=0,1' }, 'is no rule such as'],
    [{ CHANCERY_CACHE_RULES: '/c=0,0,0;'.repeat(51) }, 'at most 50 rules'],
    [{ CHANCERY_REPOSITORY_WEBHOOK }, 'CHANCERY_REPOSITORY_WEBHOOK_SECRET_FILE: is needed'],
    [
      { CHANCERY_REPOSITORY_WEBHOOK: 'ftp://a.example', CHANCERY_REPOSITORY_WEBHOOK_SECRET: SECRET },
      'must be an http:// or https:// URL',
    ],
    [
      { CHANCERY_REPOSITORY_WEBHOOK, CHANCERY_REPOSITORY_WEBHOOK_SECRET: 'whsec_short' },
      'must be whsec_ and 24 to 64 octets',
    ],
    [
      {
        CHANCERY_REPOSITORY_WEBHOOK,
        CHANCERY_REPOSITORY_WEBHOOK_SECRET: SECRET,
        CHANCERY_REPOSITORY_WEBHOOK_SECRET_FILE: '/nowhere',
      },
      'not both',
    ],
    [{ CHANCERY_REPOSITORY_WEBHOOK, CHANCERY_REPOSITORY_WEBHOOK_SECRET_FILE: '/nowhere' }, "can't be read"],
  ])('%j is refused', (environment, said) => {
    try {
      load(environment)
      expect.unreachable()
    } catch (error) {
      expect((error as ConfigError).problems).toEqual([expect.stringContaining(said)])
      expect((error as ConfigError).message).not.toContain(SECRET)
    }
  })
})
