import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { inspect } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../../src/main/config.ts'
import { defaultQuorum } from '../../src/main/perspective-settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'chancery-perspectives-'))
afterAll(() => rmSync(directory, { recursive: true }))
const TOKEN = 'agent-token-of-at-least-32-characters'
function fileOf(content: string): string {
  const path = join(directory, `tokens-${content.length}`)
  writeFileSync(path, content)
  return path
}

type Environment = Readonly<Record<string, string>>
const load = (environment: Environment, mode: 'normal' | 'simulation' = 'normal') =>
  loadConfig(environment, mode).config.perspectives
function problems(environment: Environment, mode: 'normal' | 'simulation' = 'normal'): readonly string[] {
  try {
    load(environment, mode)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}
const perspectives = (text: string) => ({ CHANCERY_PERSPECTIVES: text })

describe('the settings of perspectives', () => {
  it('are none by default: this host looks alone', () => {
    expect(load({})).toEqual({ remote: [], quorum: 0, ports: { http: 80, https: 443 } })
  })

  it('name resolvers by address, and agents by URL, each with a token of its own', () => {
    const file = fileOf(`# region  token\neu-north-1 ${TOKEN}\n\nap-south-1\t${TOKEN}2\n`)
    const ca = fileOf(rootCertificates[0] ?? '')
    const { remote, quorum, ports } = load({
      ...perspectives(
        'eu-west-1=dns://192.0.2.53, eu-west-2=dns://[2001:db8::53]:5353,eu-north-1=https://agent.example:8444/, ap-south-1=http://127.0.0.1:8445',
      ),
      CHANCERY_PERSPECTIVE_TOKENS_FILE: file,
      CHANCERY_PERSPECTIVE_CA_FILE: ca,
      CHANCERY_HTTP01_PORT: '5002',
      CHANCERY_TLS_ALPN01_PORT: '5001',
    })
    expect(remote).toMatchObject([
      { name: 'eu-west-1', by: 'resolver', address: '192.0.2.53', port: 53 },
      { name: 'eu-west-2', by: 'resolver', address: '2001:db8::53', port: 5353 },
      { name: 'eu-north-1', by: 'agent', url: new URL('https://agent.example:8444') },
      { name: 'ap-south-1', by: 'agent', url: new URL('http://127.0.0.1:8445') },
    ])
    expect(remote.flatMap((each) => (each.by === 'agent' ? [each.token()] : []))).toEqual([
      TOKEN,
      `${TOKEN}2`,
    ])
    expect(remote.flatMap((each) => (each.by === 'agent' ? [each.ca?.length] : []))).toEqual(
      new Array(2).fill(rootCertificates.length + 1),
    )
    expect(quorum).toBe(3)
    expect(ports).toEqual({ http: 5002, https: 5001 })
    expect(inspect(remote, { depth: 9, showHidden: true })).not.toContain(TOKEN)
    expect(JSON.stringify(remote)).not.toContain(TOKEN)
  })

  it('name the simulated zones in simulation only', () => {
    expect(load(perspectives('eu-west-1=simulated,eu-west-2=simulated'), 'simulation').remote).toEqual([
      { name: 'eu-west-1', by: 'simulation' },
      { name: 'eu-west-2', by: 'simulation' },
    ])
    expect(problems(perspectives('eu-west-1=simulated'))).toEqual([
      'CHANCERY_PERSPECTIVES: "eu-west-1=simulated" is possible in simulation only',
    ])
  })

  it('are a list in the file, too', () => {
    const file = join(directory, 'config.json')
    writeFileSync(
      file,
      JSON.stringify({ perspectives: ['eu-west-1=dns://192.0.2.53'], perspectiveQuorum: 1 }),
    )
    expect(load({ CHANCERY_CONFIG: file })).toMatchObject({ remote: [{ name: 'eu-west-1' }], quorum: 1 })
  })

  it.each([
    [
      'two on one resolver',
      'eu-west-1=dns://192.0.2.53,eu-west-2=dns://192.0.2.53:53',
      '192.0.2.53:53 is taken by eu-west-1=dns://192.0.2.53',
    ],
    [
      'two on one resolver, spelled otherwise',
      'eu-west-1=dns://[2001:db8::53],eu-west-2=dns://[2001:0db8:0::53]:53',
      '[2001:db8::53]:53 is taken',
    ],
    [
      'two on one agent',
      'eu-west-1=http://localhost:81,eu-west-2=http://LOCALHOST:81/',
      'http://localhost:81 is taken',
    ],
    ['one name twice', 'eu-west-1=dns://192.0.2.53,eu-west-1=dns://192.0.2.54', 'eu-west-1 is taken'],
    ['the name of this host’s region', 'us-east-1=dns://192.0.2.53', 'us-east-1 is taken by this host'],
  ])('refuse %s', (_, text, message) => {
    expect(problems({ ...perspectives(text) }).join('\n')).toContain(message)
  })

  it.each([
    'eu-west-1',
    'Europe=dns://192.0.2.53',
    'eu-west-1=dns://resolver.example',
    'eu-west-1=dns://0x7f000001',
    'eu-west-1=192.0.2.53',
    'eu-west-1=ftp://agent.example',
    'eu-west-1=https://agent.example/path',
    'eu-west-1=https://user@agent.example',
    'eu-west-1=https://agent.example?x',
    'eu-west-1=http://agent.example',
  ])('refuse %j, and say what would be right', (text) => {
    const [problem, ...more] = problems(perspectives(text))
    expect(problem).toContain(`CHANCERY_PERSPECTIVES: ${JSON.stringify(text)} must be <region>=dns://`)
    expect(more).toEqual([])
  })

  it('refuse one on a resolver that this host asks', () => {
    const environment = {
      ...perspectives('eu-west-1=dns://192.0.2.53,eu-west-2=dns://[2001:db8::53]:5353'),
      CHANCERY_RESOLVERS: '198.51.100.1, 192.0.2.53, [2001:db8:0::53]:5353',
    }
    expect(problems(environment)).toEqual([
      'CHANCERY_PERSPECTIVES: "eu-west-1=dns://192.0.2.53": 192.0.2.53:53 is taken by this host',
      'CHANCERY_PERSPECTIVES: "eu-west-2=dns://[2001:db8::53]:5353": [2001:db8::53]:5353 is taken by this host',
    ])
  })

  it('want a token for each agent', () => {
    const agent = perspectives('eu-west-1=https://agent.example')
    const line = "CHANCERY_PERSPECTIVE_TOKENS_FILE: must have a line with eu-west-1 and its agent's token"
    expect(problems(agent)).toEqual([line])
    expect(problems({ ...agent, CHANCERY_PERSPECTIVE_TOKENS_FILE: fileOf(`eu-west-2 ${TOKEN}`) })).toEqual([
      line,
    ])
    const short = problems({ ...agent, CHANCERY_PERSPECTIVE_TOKENS_FILE: fileOf('eu-west-1 secretly') })
    expect(short[0]).toContain('line 1 must be a region and its agent')
    expect(short.join()).not.toContain('secretly')
    const missing = problems({ ...agent, CHANCERY_PERSPECTIVE_TOKENS_FILE: join(directory, 'none') })
    expect(missing).toEqual([expect.stringContaining("CHANCERY_PERSPECTIVE_TOKENS_FILE: can't be read")])
  })

  it('want authorities in their file', () => {
    const none = problems({ CHANCERY_PERSPECTIVE_CA_FILE: join(directory, 'none') })
    expect(none).toEqual([expect.stringContaining('CHANCERY_PERSPECTIVE_CA_FILE: ')])
  })

  it.each(['0', '3', '-1', 'all'])('refuse a quorum of %s of two', (quorum) => {
    const two = perspectives('eu-west-1=dns://192.0.2.53,eu-west-2=dns://192.0.2.54')
    expect(problems({ ...two, CHANCERY_PERSPECTIVE_QUORUM: quorum }).join()).toContain(
      'CHANCERY_PERSPECTIVE_QUORUM: must be',
    )
  })

  it('refuse a quorum of none', () => {
    expect(problems({ CHANCERY_PERSPECTIVE_QUORUM: '1' }).join()).toContain('must be at most 0')
  })

  it('CA/Browser Forum BR §3.2.2.9: one of two to five may differ, two of more', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 9].map(defaultQuorum)).toEqual([0, 1, 1, 2, 3, 4, 4, 7])
  })
})
