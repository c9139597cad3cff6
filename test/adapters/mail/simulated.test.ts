import { describe, expect, test } from 'vitest'
import { createSimulatedMailer } from '../../../src/adapters/mail/simulated.ts'
import { MAILBOXES, mailerContract } from './mailer-contract.ts'
import { simulatedWorld } from './simulated-world.ts'

describe('the simulated mailer', () => {
  mailerContract(simulatedWorld)

  test('a database that fails is a server that can’t be reached: deferred, and no word of why', async () => {
    const mailer = createSimulatedMailer('ca@ca.test', () =>
      Promise.reject(new Error('SQLITE_FULL at /var/lib')),
    )
    const mail = { id: 'a', to: MAILBOXES[0], subject: 's', text: 't' }
    const delivery = await mailer.send(mail)
    expect(delivery.outcome).toBe('deferred')
    expect(delivery.response).not.toMatch(/SQLITE|var/)
  })
})
