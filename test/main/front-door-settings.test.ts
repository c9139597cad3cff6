import { describe, expect, test } from 'vitest'
import { loadConfig, type ConfigError } from '../../src/main/config.ts'

const load = (environment: Record<string, string> = {}) => loadConfig(environment, 'normal').config
const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    load(environment)
  } catch (error) {
    return (error as ConfigError).problems
  }
  return []
}

describe('the front door', () => {
  test('by default trusts no proxy, knows no rule and no origin, and bounds connections alone', () => {
    expect(load().frontDoor).toEqual({
      proxies: undefined,
      hosts: undefined,
      rules: undefined,
      publicRules: undefined,
      cors: undefined,
      hstsSeconds: undefined,
      webhookClientCertificate: true,
      connections: 10_000,
      connectionsPerAddress: 1000,
      limits: [],
      publicLimits: [],
      quotas: {},
      listeners: [],
      patience: { headers: 15_000, request: 60_000, answer: 300_000 },
    })
  })

  test('takes proxies, names, origins and rules in their order', () => {
    const { proxies, hosts, cors, rules, publicRules } = load({
      CHANCERY_TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::/32, unix',
      CHANCERY_FORWARDED_HEADER: 'forwarded',
      CHANCERY_ALLOWED_HOSTS: 'CA.example.com, 192.0.2.1, [2001:db8::1]',
      CHANCERY_CORS_ORIGINS: 'https://console.example.com, http://localhost:5173',
      CHANCERY_ACCESS_RULES: 'allow 10.0.0.0/8,unix /v1/** max=20000; deny any /v1/**',
      CHANCERY_PUBLIC_ACCESS_RULES: 'deny 203.0.113.0/24 /**',
    }).frontDoor
    expect(proxies?.header).toBe('forwarded')
    expect(proxies?.addresses.has('10.1.1.1')).toBe(true)
    expect(hosts).toEqual(['ca.example.com', '192.0.2.1', '[2001:db8::1]'])
    expect(cors?.origins).toEqual(['https://console.example.com', 'http://localhost:5173'])
    expect(rules?.map(({ verdict, mostOctets }) => [verdict, mostOctets])).toEqual([
      ['allow', 20_000],
      ['deny', undefined],
    ])
    expect(publicRules?.[0]?.addresses.has('203.0.113.9')).toBe(true)
  })

  test.each([
    [
      { CHANCERY_TRUSTED_PROXIES: '10.0.0.0/8,proxy.example.com' },
      '"proxy.example.com" is no address such as',
    ],
    [{ CHANCERY_TRUSTED_PROXIES: '10.0.0.0/40' }, '"10.0.0.0/40" is no address'],
    [{ CHANCERY_FORWARDED_HEADER: 'x-real-ip' }, 'must be x-forwarded-for or forwarded'],
    [{ CHANCERY_FORWARDED_HEADER: 'forwarded' }, 'says nothing without trusted proxies'],
    [{ CHANCERY_ALLOWED_HOSTS: 'ca.example.com:8443' }, 'without a port'],
    [{ CHANCERY_CORS_ORIGINS: 'https://console.example.com/' }, 'is no origin'],
    [{ CHANCERY_CORS_ORIGINS: '*,https://console.example.com' }, 'must be * alone'],
    [{ CHANCERY_ACCESS_RULES: 'deny any v1' }, 'is no rule such as'],
    [{ CHANCERY_ACCESS_RULES: 'deny any /v1/** max=3' }, 'is no rule such as'],
    [{ CHANCERY_ACCESS_RULES: 'allow nobody /v1/**' }, 'is no rule such as'],
    [{ CHANCERY_PUBLIC_ACCESS_RULES: 'forbid any /' }, 'is no rule such as'],
    [{ CHANCERY_HSTS_SECONDS: '-1' }, 'must be a whole number from 0'],
    [{ CHANCERY_CONNECTIONS: '0' }, 'must be a whole number from 1'],
    [
      { CHANCERY_HEADERS_TIMEOUT_SECONDS: '90', CHANCERY_REQUEST_TIMEOUT_SECONDS: '60' },
      'must be at most that of the whole request, 60',
    ],
  ])('%j is refused: %s', (environment, message) => {
    const problems = problemsOf(environment)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(Object.keys(environment)[0])
    expect(problems[0]).toContain(message)
  })
})

describe('rate limits and quotas', () => {
  test('are read in their order', () => {
    const { limits, publicLimits, quotas } = load({
      CHANCERY_RATE_LIMITS: 'address=1200/60; account:issueCertificate=50000/86400',
      CHANCERY_PUBLIC_RATE_LIMITS: 'address=6000/60',
      CHANCERY_QUOTAS: 'authorities=200; certificates=1000000',
    }).frontDoor
    expect(limits).toEqual([
      { kind: 'address', operation: undefined, requests: 1200, seconds: 60 },
      { kind: 'account', operation: 'issueCertificate', requests: 50_000, seconds: 86_400 },
    ])
    expect(publicLimits).toHaveLength(1)
    expect(quotas).toEqual({ authorities: 200, certificates: 1_000_000 })
  })

  test.each([
    'token=1/60',
    'address=0/60',
    'address=1/0',
    'address=1',
    'principal:noSuchOperation=1/60',
    'principal:=1/60',
    'failure:createToken=1/60',
    // A timer of Node's would fire at once.
    'principal=1/2592000',
  ])('%s is no limit', (limit) => {
    expect(problemsOf({ CHANCERY_RATE_LIMITS: limit })[0]).toContain('is no limit such as')
  })

  test('the public port knows addresses only', () => {
    for (const limit of ['principal=1/60', 'failure=1/60', 'address:issueCertificate=1/60'])
      expect(problemsOf({ CHANCERY_PUBLIC_RATE_LIMITS: limit })[0]).toContain('but by address')
  })

  test.each(['crls=1', 'tokens', 'tokens=-1'])('%s is no quota', (quota) => {
    expect(problemsOf({ CHANCERY_QUOTAS: quota })[0]).toContain('is no quota such as authorities=200')
  })
})

describe('further listeners', () => {
  test('have a name, and an address or a path', () => {
    const { frontDoor, listenerNames } = load({
      CHANCERY_LISTENERS: 'ops=unix:/run/chancery/ops.sock; inside=10.0.0.5:9443; six=[2001:db8::5]:0',
    })
    expect(frontDoor.listeners).toEqual([
      { name: 'ops', path: '/run/chancery/ops.sock' },
      { name: 'inside', host: '10.0.0.5', port: 9443 },
      { name: 'six', host: '2001:db8::5', port: 0 },
    ])
    // Their certificate names them.
    expect(listenerNames).toEqual(expect.arrayContaining(['127.0.0.1', '10.0.0.5', '2001:db8::5']))
  })

  test.each([
    'ops',
    'api=unix:/run/ops.sock',
    'Ops=unix:/run/ops.sock',
    'ops=unix:ops.sock',
    'ops=10.0.0.5',
    'ops=host:9443',
    'ops=10.0.0.5:70000',
    'ops=10.0.0.500:9443',
    `ops=unix:/${'x'.repeat(107)}`,
  ])('%s is none', (entry) => {
    expect(problemsOf({ CHANCERY_LISTENERS: entry })[0]).toContain('is no listener such as')
  })

  test('have each name once', () => {
    expect(problemsOf({ CHANCERY_LISTENERS: 'a=unix:/run/a.sock; a=unix:/run/b.sock' })[0]).toContain(
      'each name once',
    )
  })
})
