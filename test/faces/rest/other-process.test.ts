import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore, type OpenStore } from '../../../src/adapters/prisma/store.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { createToken } from '../../../src/core/operations/access/tokens.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import { testPorts, type TestPorts } from '../../support/test-ports.ts'
import { listening, type Listening } from '../installation.ts'

let given: TestPorts
let other: OpenStore
let api: Listening
/** Called after the generation was read. */
let onRead: () => void = () => {}
beforeAll(async () => {
  given = await testPorts()
  // Commits on this thread, before anything else happens on it.
  other = await openStore({ file: given.database, serverId: 'other', clock: given.clock, throwaway: true })
  const { store } = given.ports
  const generation = (): Promise<number> => {
    const read = store.reads.generation()
    onRead()
    return read
  }
  const ports: Ports = { ...given.ports, store: { ...store, reads: { ...store.reads, generation } } }
  api = await listening(createRestApp(ports, { ready: () => true }))
})
afterAll(async () => {
  await api.close()
  await other.close()
  await given[Symbol.asyncDispose]()
})

/** A kept connection that has had an answer: what is sent on it is read in the next turn. */
async function aConnection(secret: string): Promise<() => Promise<string | undefined>> {
  const socket = connect(api.port, '127.0.0.1').setEncoding('utf8')
  const ask = async (): Promise<string | undefined> => {
    socket.write(`GET /v1/authorities HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secret}\r\n\r\n`)
    const [answer] = (await once(socket, 'data')) as [string]
    return /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]
  }
  expect(await ask()).toBe('200')
  return ask
}

test('a token that another process revokes is refused in the very next request, also of the same turn', async () => {
  const { token, secret } = await createToken(given.ports, given.admin, { name: 'short', role: 'issuer' })
  const [one, next] = [await aConnection(secret), await aConnection(secret)]
  // As soon as the first has read that nothing has changed.
  onRead = () => {
    onRead = () => {}
    void other.transact((writes) => [
      writes.tokens.revoke(given.installation.account, token.id, given.clock.now()),
    ])
  }
  expect(await Promise.all([one(), next()])).toEqual(['200', '401'])
})
