import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../../src/main/config.ts'

const MODULE = { CHANCERY_KMS_PKCS11_MODULE: '/usr/lib/softhsm/libsofthsm2.so' }
const WHOLE = {
  ...MODULE,
  CHANCERY_KMS_PKCS11_TOKEN: 'chancery',
  CHANCERY_KMS_PKCS11_PIN_FILE: '/etc/chancery/pin',
}
const load = (environment: Readonly<Record<string, string>>) => loadConfig(environment, 'normal').config
function problems(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    load(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('the settings of a PKCS #11 token', () => {
  it('make a KMS, beside the preferred one or as it', () => {
    const pkcs11 = {
      module: MODULE.CHANCERY_KMS_PKCS11_MODULE,
      token: 'chancery',
      pinFile: '/etc/chancery/pin',
    }
    expect(load(WHOLE).kms).toMatchObject({ preferred: 'local', pkcs11: { ...pkcs11, sessions: 2 } })
    const preferred = load({ ...WHOLE, CHANCERY_KMS: 'pkcs11', CHANCERY_KMS_PKCS11_SESSIONS: '8' })
    expect(preferred.kms).toMatchObject({ preferred: 'pkcs11', pkcs11: { ...pkcs11, sessions: 8 } })
    expect(load({}).kms.pkcs11).toBeUndefined()
  })

  it('go together: each that is missing is named', () => {
    expect(problems(MODULE)).toEqual([
      'CHANCERY_KMS_PKCS11_TOKEN: is missing; CHANCERY_KMS_PKCS11_MODULE needs it',
      'CHANCERY_KMS_PKCS11_PIN_FILE: is missing; CHANCERY_KMS_PKCS11_MODULE needs it',
    ])
    expect(problems({ CHANCERY_KMS: 'pkcs11' })).toEqual([
      'CHANCERY_KMS: pkcs11 needs CHANCERY_KMS_PKCS11_MODULE, CHANCERY_KMS_PKCS11_TOKEN, CHANCERY_KMS_PKCS11_PIN_FILE',
    ])
  })

  it.each(['0', '65', 'two', ''])('refuse “%s” sessions', (sessions) => {
    expect(problems({ ...WHOLE, CHANCERY_KMS_PKCS11_SESSIONS: sessions })).toEqual([
      'CHANCERY_KMS_PKCS11_SESSIONS: must be a whole number from 1 to 64',
    ])
  })

  it('hand the vendor’s variables on, but none of the product’s, and show none of them', () => {
    const given = { ...WHOLE, SOFTHSM2_CONF: '/etc/softhsm2.conf', CHANCERY_ADMIN_TOKEN: 'x'.repeat(40) }
    const { kms } = load(given)
    expect(kms.pkcs11?.environment()).toEqual({ SOFTHSM2_CONF: '/etc/softhsm2.conf' })
    expect(inspect(kms, { depth: 9 })).not.toContain('/etc/softhsm2.conf')
  })
})
