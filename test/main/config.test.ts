import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigError, loadConfig } from '../../src/main/config.ts'

const directory = mkdtempSync(join(tmpdir(), 'chancery-config-'))
afterAll(() => rmSync(directory, { recursive: true }))
let files = 0
const aFile = (content: string): string => {
  const path = join(directory, `${++files}`)
  writeFileSync(path, content)
  return path
}
const aConfig = (content: unknown): string => aFile(JSON.stringify(content))

const TOKEN = 'a-token-that-has-at-least-thirty-two-characters'
type Environment = Readonly<Record<string, string>>
const load = (environment: Environment = {}) => loadConfig(environment, 'normal')
const config = (environment: Environment = {}) => load(environment).config
function problems(environment: Environment): readonly string[] {
  try {
    load(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test('without any setting there are defaults, frozen', () => {
  const made = config()
  expect(made).toMatchObject({
    mode: 'normal',
    bind: '127.0.0.1',
    apiPort: 8443,
    publicPort: 8080,
    publicUrl: undefined,
    globalRegion: 'us-east-1',
    regions: undefined,
    logLevel: 'info',
    accessLog: true,
    listenerNames: ['127.0.0.1'],
    tls: undefined,
    compromisedKeysFile: undefined,
    bootstrapFile: undefined,
    metricsOpen: false,
    bodyLimit: 65_536,
  })
  expect(made.dataDir.endsWith('/data')).toBe(true)
  expect(Object.isFrozen(made)).toBe(true)
})

describe('each setting, by the environment', () => {
  test.each([
    ['DATA_DIR', '/srv/ca', 'dataDir', '/srv/ca'],
    ['BIND', '0.0.0.0', 'bind', '0.0.0.0'],
    ['BIND', '::1', 'bind', '::1'],
    ['API_PORT', '0', 'apiPort', 0],
    ['PUBLIC_PORT', '65535', 'publicPort', 65_535],
    ['PUBLIC_URL', 'http://pki.example.com/', 'publicUrl', 'http://pki.example.com'],
    ['PUBLIC_URL', 'HTTP://PKI.example.com:8080/pki//', 'publicUrl', 'http://pki.example.com:8080/pki'],
    ['PUBLIC_URL', 'http://bücher.example', 'publicUrl', 'http://xn--bcher-kva.example'],
    ['GLOBAL_REGION', 'eu-central-1', 'globalRegion', 'eu-central-1'],
    ['REGIONS', 'eu-west-1, us-east-1', 'regions', ['eu-west-1', 'us-east-1']],
    ['LOG_LEVEL', 'silent', 'logLevel', 'silent'],
    ['ACCESS_LOG', 'false', 'accessLog', false],
    ['LISTENER_NAMES', 'CA.example.com,2001:DB8::1', 'listenerNames', ['ca.example.com', '2001:db8::1']],
    ['TLS', 'off', 'tls', 'off'],
    ['COMPROMISED_KEYS_FILE', '/etc/keys', 'compromisedKeysFile', '/etc/keys'],
    ['BOOTSTRAP_FILE', '/etc/bootstrap.json', 'bootstrapFile', '/etc/bootstrap.json'],
    ['METRICS_OPEN', 'true', 'metricsOpen', true],
    ['OUTBOUND_PRIVATE', 'allow', 'outbound', { privateAddresses: true, ports: [80, 443], ca: undefined }],
    [
      'OUTBOUND_PORTS',
      '443, 8443',
      'outbound',
      { privateAddresses: false, ports: [443, 8443], ca: undefined },
    ],
    ['OUTBOUND_PORTS', 'any', 'outbound', { privateAddresses: false, ports: 'any', ca: undefined }],
    ['BODY_LIMIT', '1024', 'bodyLimit', 1024],
  ])('CHANCERY_%s=%s', (variable, value, name, expected) => {
    expect(config({ [`CHANCERY_${variable}`]: value })).toHaveProperty(name, expected)
  })

  test('certificate and key file', () => {
    const tls = config({ CHANCERY_TLS_CERT_FILE: 'c', CHANCERY_TLS_KEY_FILE: 'k' }).tls
    expect(tls).toEqual({ certFile: 'c', keyFile: 'k' })
  })
})

describe('a wrong value is named with its setting', () => {
  test.each([
    ['DATA_DIR', ''],
    ['BIND', 'localhost'],
    ['API_PORT', ''],
    ['API_PORT', ' '],
    ['API_PORT', '-1'],
    ['API_PORT', '65536'],
    ['API_PORT', '0x10'],
    ['API_PORT', '1e3'],
    ['API_PORT', '80.5'],
    ['PUBLIC_PORT', 'http'],
    ['PUBLIC_URL', ''],
    ['PUBLIC_URL', 'pki.example.com'],
    ['PUBLIC_URL', 'https://pki.example.com'],
    ['PUBLIC_URL', 'http://u@pki.example.com'],
    ['PUBLIC_URL', 'http://:p@pki.example.com'],
    ['PUBLIC_URL', 'http://pki.example.com/?x'],
    ['PUBLIC_URL', 'http://pki.example.com/#x'],
    ['GLOBAL_REGION', 'Europe'],
    ['REGIONS', ''],
    ['REGIONS', 'us-east-1,x'],
    ['REGIONS', 'eu-west-1'],
    ['LOG_LEVEL', 'loud'],
    ['ACCESS_LOG', 'maybe'],
    ['ACCESS_LOG', ''],
    ['LISTENER_NAMES', 'my_host'],
    ['LISTENER_NAMES', 'ok.example.com,*.example.com'],
    ['TLS', 'yes'],
    ['METRICS_OPEN', '2'],
    ['OUTBOUND_PRIVATE', 'yes'],
    ['OUTBOUND_PORTS', '0'],
    ['OUTBOUND_PORTS', '443,'],
    ['OUTBOUND_PORTS', '443-500'],
    ['OUTBOUND_CA_FILE', '/nowhere/ca.pem'],
    ['BODY_LIMIT', '1023'],
    ['BODY_LIMIT', '999999999999'],
    ['TLS_CERT_FILE', 'only-this'],
    ['TLS_KEY_FILE', 'only-this'],
    ['ADMIN_TOKEN', 'x'.repeat(31)],
    ['ADMIN_TOKEN', `${TOKEN} with a blank`],
    ['ADMIN_TOKEN', ''],
    ['ADMIN_TOKEN_FILE', '/nonexistent/file'],
    ['KMS_PASSPHRASE', 'eleven char'],
    ['KMS_PASSPHRASE_FILE', '/nonexistent/file'],
  ])('CHANCERY_%s=%s', (name, value) => {
    const found = problems({ [`CHANCERY_${name}`]: value })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^CHANCERY_/)
    expect(found[0]).toContain(name.startsWith('TLS_') ? 'CHANCERY_TLS_' : `CHANCERY_${name}`)
  })

  test('all of them at once', () => {
    expect(problems({ CHANCERY_BIND: 'x', CHANCERY_API_PORT: 'x', CHANCERY_LOG_LEVL: 'x' })).toHaveLength(3)
  })

  test.each([
    [{ CHANCERY_TLS: 'off', CHANCERY_BIND: '0.0.0.0' }, /CHANCERY_TLS/],
    [{ CHANCERY_TLS: 'off', CHANCERY_TLS_CERT_FILE: 'c', CHANCERY_TLS_KEY_FILE: 'k' }, /CHANCERY_TLS/],
    [{ CHANCERY_API_PORT: '8080' }, /CHANCERY_PUBLIC_PORT/],
    [{ CHANCERY_ADMIN_TOKEN: TOKEN, CHANCERY_ADMIN_TOKEN_FILE: aFile(TOKEN) }, /CHANCERY_ADMIN_TOKEN/],
    [
      { CHANCERY_KMS_PASSPHRASE: TOKEN, CHANCERY_KMS_PASSPHRASE_FILE: aFile(TOKEN) },
      /CHANCERY_KMS_PASSPHRASE/,
    ],
  ])('%o contradicts itself', (environment, message) => {
    const found = problems(environment)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(message)
  })
})

describe('variables that are none of ours', () => {
  test.each(['CHANCERY_DATADIR', 'CHANCERY_', 'CHANCERY_PORTS', 'CHANCERY_HTTP_PORT'])(
    '%s is refused',
    (name) => {
      expect(problems({ [name]: '1' })[0]).toContain(`${name}: there is no such setting`)
    },
  )

  test('what Kubernetes injects for Services of such names is let be, even under a setting’s name', () => {
    const injected = {
      CHANCERY_SERVICE_HOST: '10.0.0.1',
      CHANCERY_SERVICE_PORT: '443',
      CHANCERY_SERVICE_PORT_HTTPS: '443',
      CHANCERY_PORT: 'tcp://10.0.0.1:443',
      CHANCERY_PORT_443_TCP: 'tcp://10.0.0.1:443',
      CHANCERY_PORT_443_TCP_ADDR: '10.0.0.1',
      CHANCERY_PORT_53_UDP_PROTO: 'udp',
      CHANCERY_API_SERVICE_HOST: '10.0.0.2',
      CHANCERY_API_PORT: 'tcp://10.0.0.2:8443',
      CHANCERY_API_PORT_8443_TCP_PORT: '8443',
    }
    expect(config(injected).apiPort).toBe(8443)
  })

  test('the command line’s, and anything without the prefix', () => {
    expect(problems({ CHANCERY_URL: 'x', CHANCERY_TOKEN: 'x', CHANCERY_CA: 'x', PATH: '/bin' })).toEqual([])
  })
})

describe('the file', () => {
  test('has the same settings with JSON’s types; the environment wins', () => {
    const path = aConfig({
      apiPort: 9443,
      publicPort: 9080,
      accessLog: false,
      regions: ['us-east-1'],
      listenerNames: ['a.example.com'],
      dataDir: '/a',
    })
    const made = config({ CHANCERY_CONFIG: path, CHANCERY_DATA_DIR: '/b' })
    expect(made).toMatchObject({ apiPort: 9443, publicPort: 9080, accessLog: false, dataDir: '/b' })
    expect(made).toMatchObject({ regions: ['us-east-1'], listenerNames: ['a.example.com'] })
  })

  test.each([
    ['{"apiPort": "x"}', 'apiPort'],
    ['{"apiPort": 1.5}', 'apiPort'],
    ['{"apiPort": true}', 'apiPort'],
    ['{"apiPort": null}', 'apiPort'],
    ['{"apiPort": []}', 'apiPort'],
    ['{"accessLog": 1}', 'accessLog'],
    ['{"adminToken": 7}', 'adminToken'],
    ['{"nothing": 1}', 'nothing'],
    ['{"constructor": 1}', 'constructor'],
    ['[]', 'one JSON object'],
    ['null', 'one JSON object'],
    ['', 'one JSON object'],
  ])('%s', (content, named) => {
    const found = problems({ CHANCERY_CONFIG: aFile(content) })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(named)
  })

  test('that is not there is named', () => {
    expect(problems({ CHANCERY_CONFIG: '/nonexistent' })[0]).toMatch(/^CHANCERY_CONFIG: \/nonexistent/)
  })

  test('is never quoted: it may hold the token', () => {
    const found = problems({ CHANCERY_CONFIG: aFile(`{"adminToken": "${TOKEN}" "apiPort"`) })
    expect(found.join()).not.toContain('thirty')
  })
})

describe('the admin token', () => {
  test('comes from the environment or a file', () => {
    expect(load({ CHANCERY_ADMIN_TOKEN: TOKEN }).secrets.adminToken()).toBe(TOKEN)
    expect(load({ CHANCERY_ADMIN_TOKEN_FILE: aFile(`${TOKEN}\n`) }).secrets.adminToken()).toBe(TOKEN)
    expect(load().secrets.adminToken()).toBeUndefined()
  })

  test('and the key file’s passphrase, without its line end, blanks and all', () => {
    const passphrase = ' correct horse battery '
    expect(load({ CHANCERY_KMS_PASSPHRASE: passphrase }).secrets.kmsPassphrase()).toBe(passphrase)
    const { secrets } = load({ CHANCERY_KMS_PASSPHRASE_FILE: aFile(`${passphrase}\n`) })
    expect(secrets.kmsPassphrase()).toBe(passphrase)
    expect(inspect(secrets, { depth: 9, showHidden: true })).not.toContain('battery')
    expect(problems({ CHANCERY_KMS_PASSPHRASE: 'tiny secret' }).join()).not.toContain('tiny secret')
  })

  test('can’t be serialised, shown or found in the configuration', () => {
    const loaded = load({ CHANCERY_ADMIN_TOKEN: TOKEN })
    expect(() => JSON.stringify(loaded)).toThrow(/not serialised/)
    expect(inspect(loaded, { depth: 9, showHidden: true })).not.toContain(TOKEN)
    expect(JSON.stringify(loaded.config)).not.toContain(TOKEN)
    expect(() => structuredClone(loaded.secrets)).not.toThrow()
    expect(JSON.stringify(Object.values(structuredClone(loaded.secrets)))).not.toContain(TOKEN)
  })

  test('is not quoted when it is wrong', () => {
    expect(problems({ CHANCERY_ADMIN_TOKEN: 'secret' }).join()).not.toContain('secret')
  })
})

describe('key management services', () => {
  const VAULT = {
    CHANCERY_KMS_VAULT_ADDRESS: 'https://vault.example.com:8200',
    CHANCERY_KMS_VAULT_TOKEN_FILE: '/run/vault/token',
    CHANCERY_KMS_VAULT_KEY: 'chancery',
  }
  const AWS = { CHANCERY_KMS_AWS_KEY_ID: 'alias/chancery', CHANCERY_KMS_AWS_REGION: 'eu-central-1' }
  const HTTP = { CHANCERY_KMS_HTTP_URL: 'http://127.0.0.1:8444/x', CHANCERY_KMS_HTTP_TOKEN_FILE: 't' }

  test('each group is used where it is given, all beside one another', () => {
    expect(config().kms).toEqual({
      preferred: 'local',
      awsKms: undefined,
      vaultTransit: undefined,
      http: undefined,
    })
    expect(config({ ...VAULT, ...AWS, ...HTTP, CHANCERY_KMS: 'http' }).kms).toEqual({
      preferred: 'http',
      awsKms: { keyId: 'alias/chancery', region: 'eu-central-1', endpoint: undefined },
      vaultTransit: {
        address: new URL('https://vault.example.com:8200/'),
        tokenFile: '/run/vault/token',
        key: 'chancery',
        mount: 'transit',
        namespace: undefined,
        caFile: undefined,
      },
      http: {
        url: new URL('http://127.0.0.1:8444/x/'),
        tokenFile: 't',
        caFile: undefined,
        certFile: undefined,
        keyFile: undefined,
      },
    })
  })

  const without = (group: Environment, name: string): Environment =>
    Object.fromEntries(Object.entries(group).filter(([each]) => each !== name))
  test.each([
    ...Object.keys(VAULT).map((name) => [name, without(VAULT, name)] as const),
    ...Object.keys(AWS).map((name) => [name, without(AWS, name)] as const),
    ['CHANCERY_KMS_HTTP_URL', without(HTTP, 'CHANCERY_KMS_HTTP_URL')] as const,
    ['CHANCERY_KMS_HTTP_KEY_FILE', { ...HTTP, CHANCERY_KMS_HTTP_CERT_FILE: 'c' }] as const,
  ])('a group without %s says that it is missing', (name, group) => {
    const found = problems(group)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(new RegExp(`^${name}: is missing; `))
  })

  test('an outside signer must know who asks', () => {
    expect(problems(without(HTTP, 'CHANCERY_KMS_HTTP_TOKEN_FILE'))).toEqual([
      'CHANCERY_KMS_HTTP_TOKEN_FILE: is missing; the signer must know who asks, by a token or by CHANCERY_KMS_HTTP_CERT_FILE and CHANCERY_KMS_HTTP_KEY_FILE',
    ])
    const mutual = { CHANCERY_KMS_HTTP_CERT_FILE: 'c', CHANCERY_KMS_HTTP_KEY_FILE: 'k' }
    expect(problems({ CHANCERY_KMS_HTTP_URL: HTTP.CHANCERY_KMS_HTTP_URL, ...mutual })).toEqual([])
  })

  test.each([
    ['aws-kms', 'CHANCERY_KMS: aws-kms needs CHANCERY_KMS_AWS_KEY_ID, CHANCERY_KMS_AWS_REGION'],
    [
      'vault-transit',
      'CHANCERY_KMS: vault-transit needs CHANCERY_KMS_VAULT_ADDRESS, CHANCERY_KMS_VAULT_TOKEN_FILE, CHANCERY_KMS_VAULT_KEY',
    ],
    ['http', 'CHANCERY_KMS: http needs CHANCERY_KMS_HTTP_URL'],
  ])('%s, preferred without its group, says what it needs', (kms, says) => {
    expect(problems({ CHANCERY_KMS: kms })).toEqual([says])
  })

  test.each([
    ['VAULT_ADDRESS', 'http://vault.example.com:8200', /https:\/\//],
    ['VAULT_ADDRESS', 'http://127.0.0.1.example.com', /https:\/\//],
    ['VAULT_ADDRESS', 'https://user:secret@vault.example.com', /https:\/\//],
    ['VAULT_ADDRESS', 'vault.example.com', /https:\/\//],
    ['VAULT_ADDRESS', 'https://vault.example.com/?x', /https:\/\//],
    ['VAULT_KEY', '../sys/seal', /letters/],
    ['VAULT_MOUNT', '/transit/', /without slashes around it/],
    ['VAULT_NAMESPACE', 'a b', /path/],
    ['VAULT_TOKEN_FILE', '', /path/],
    ['AWS_KEY_ID', 'alias with spaces', /ARN/],
    ['AWS_REGION', 'EU', /region/],
    ['AWS_ENDPOINT', 'http://169.254.1.1', /https:\/\//],
    ['HTTP_URL', 'ftp://signer.example.com', /https:\/\//],
  ])('CHANCERY_KMS_%s=%s is refused', (variable, value, says) => {
    const found = problems({ ...VAULT, ...AWS, ...HTTP, [`CHANCERY_KMS_${variable}`]: value })
    expect(found.join('\n')).toMatch(says)
    expect(found.some((problem) => problem.startsWith(`CHANCERY_KMS_${variable}: must be`))).toBe(true)
  })

  test.each(['http://localhost:8200', 'http://127.0.0.2:8200', 'http://[::1]:8200'])(
    '%s is on this machine, where TLS may be left out',
    (address) => {
      expect(problems({ ...VAULT, CHANCERY_KMS_VAULT_ADDRESS: address })).toEqual([])
    },
  )
})
