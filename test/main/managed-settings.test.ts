import { describe, expect, test } from 'vitest'
import type { ConfigError } from '../../src/main/config.ts'
import { loadConfig } from '../../src/main/config.ts'

const managed = (environment: Record<string, string>, mode: 'normal' | 'simulation' = 'normal') =>
  loadConfig(environment, mode).config.managed

describe('what managed certificates go by', () => {
  test('the public host is the CAA identity; in simulation Amazon’s names are, too', () => {
    const CHANCERY_PUBLIC_URL = 'http://pki.example.com/x'
    expect(managed({ CHANCERY_PUBLIC_URL }).caaIdentities).toEqual(['pki.example.com'])
    expect(managed({ CHANCERY_PUBLIC_URL }, 'simulation').caaIdentities).toEqual([
      'pki.example.com',
      'amazon.com',
      'amazontrust.com',
      'awstrust.com',
      'amazonaws.com',
    ])
    expect(managed({ CHANCERY_CAA_IDENTITIES: 'CA.example.net, b.example' }).caaIdentities).toEqual([
      'ca.example.net',
      'b.example',
    ])
  })

  test('the region lock is on unless it is turned off', () => {
    expect(managed({}).regionLock).toBe(true)
    expect(managed({ CHANCERY_REGION_LOCK: 'off' }).regionLock).toBe(false)
  })

  test.each([
    ['CHANCERY_CAA_IDENTITIES', '*.example.com', 'host name'],
    ['CHANCERY_REGION_LOCK', 'no', 'on or off'],
    ['CHANCERY_RENEWAL_WINDOWS', 'Sat 25:00-26:00', 'Sat 02:00-06:00'],
  ])('%s=%s is refused', (name, value, said) => {
    try {
      managed({ [name]: value })
      expect.unreachable()
    } catch (error) {
      expect((error as ConfigError).problems).toEqual([expect.stringContaining(said)])
      expect((error as ConfigError).problems[0]).toContain(name)
    }
  })
})
