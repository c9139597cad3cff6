import { getServers } from 'node:dns'
import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../../src/main/config.ts'
import { endpointFrom } from '../../src/main/dns-settings.ts'

type Environment = Readonly<Record<string, string>>
const load = (environment: Environment, mode: 'normal' | 'simulation' = 'normal') =>
  loadConfig(environment, mode).config.dns
function problems(environment: Environment, mode: 'normal' | 'simulation' = 'normal'): readonly string[] {
  try {
    load(environment, mode)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('the settings of resolvers', () => {
  it('are the system’s name servers by default, and in simulation none', () => {
    expect(load({}).resolvers.length).toBe(getServers().length)
    expect(load({}, 'simulation').resolvers).toEqual([])
  })

  it('name addresses with and without ports, in order', () => {
    const text = '192.0.2.53, 192.0.2.53:5353,[2001:DB8:0::53]:5353, 2001:db8::53,[fe80::1%eth0]:53'
    expect(load({ CHANCERY_RESOLVERS: text }, 'simulation').resolvers).toEqual([
      { address: '192.0.2.53', port: 53 },
      { address: '192.0.2.53', port: 5353 },
      { address: '2001:db8::53', port: 5353 },
      { address: '2001:db8::53', port: 53 },
      { address: 'fe80::1%eth0', port: 53 },
    ])
  })

  it.each([
    'dns.example',
    '192.0.2',
    '192.0.2.53:0',
    '192.0.2.53:65536',
    '[192.0.2.53',
    '192.0.2.53:',
    ':53',
  ])('refuse %j', (text) => {
    expect(endpointFrom(text)).toBeUndefined()
    expect(problems({ CHANCERY_RESOLVERS: text })).toEqual([
      `CHANCERY_RESOLVERS: ${JSON.stringify(text)} is no address such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353`,
    ])
  })

  it('refuse none', () => {
    expect(problems({ CHANCERY_RESOLVERS: ' , ' })).toEqual([
      'CHANCERY_RESOLVERS: must name at least one resolver',
    ])
  })
})

describe('CHANCERY_DNS_PORT', () => {
  it('opens nothing by default, and is refused where there is nothing to serve', () => {
    expect(load({}, 'simulation').port).toBeUndefined()
    expect(load({ CHANCERY_DNS_PORT: '5300' }, 'simulation').port).toBe(5300)
    expect(problems({ CHANCERY_DNS_PORT: '5300' })).toEqual([
      'CHANCERY_DNS_PORT: is possible in simulation only, which alone has zones to serve',
    ])
  })

  it('is a port of its own', () => {
    expect(problems({ CHANCERY_DNS_PORT: '8443' }, 'simulation')).toEqual([
      'CHANCERY_DNS_PORT: must be another port than CHANCERY_API_PORT, which is 8443',
    ])
  })
})
