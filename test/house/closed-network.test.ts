import dgram from 'node:dgram'
import dns from 'node:dns'
import net from 'node:net'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { isLoopback } from '../support/loopback.ts'

// 192.0.2.0/24 and 2001:db8::/32 are for documentation (RFC 5737, RFC 3849): nobody answers there.
describe('the network is closed to unit tests', () => {
  test.each(['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost', 'LOCALHOST.', 'ca.localhost', ''])(
    '%j is this machine',
    (host) => {
      expect(isLoopback(host)).toBe(true)
    },
  )

  test.each([
    '192.0.2.1',
    '2001:db8::1',
    'example.com',
    'localhost.example.com',
    '10.0.0.1',
    '169.254.169.254',
  ])('%j is not this machine', (host) => {
    expect(isLoopback(host)).toBe(false)
  })

  test('TCP, by address and by name', () => {
    expect(() => net.connect({ host: '192.0.2.1', port: 443 })).toThrow('network is closed')
    expect(() => net.connect(443, 'example.com')).toThrow('network is closed')
  })

  test('fetch', async () => {
    await expect(fetch('http://192.0.2.1/')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('network is closed') as unknown },
    })
  })

  test('UDP', () => {
    const socket = dgram.createSocket('udp4')
    expect(() => {
      socket.send('x', 53, '192.0.2.1')
    }).toThrow('network is closed')
    socket.close()
  })

  test('the machine’s resolver', async () => {
    expect(() => {
      dns.lookup('example.com', () => undefined)
    }).toThrow('network is closed')
    await expect(dns.promises.lookup('example.com')).rejects.toThrow('network is closed')
  })

  test('name servers elsewhere, each way of asking them', () => {
    const [one, other] = [new dns.Resolver(), new dns.promises.Resolver()]
    one.setServers(['192.0.2.53'])
    other.setServers(['[2001:db8::53]:5353'])
    const ignore = (): void => undefined
    expect(() => {
      one.resolve4('example.com', ignore)
    }).toThrow('network is closed')
    expect(() => {
      one.resolveCaa('example.com', ignore)
    }).toThrow('network is closed')
    expect(() => other.resolveCname('example.com')).toThrow('network is closed')
  })

  test('loopback stays open', async () => {
    const server = net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const [data] = (await once(net.connect(port, '127.0.0.1'), 'data')) as [Buffer]
    expect(data.toString()).toBe('hello')
    server.close()
  })
})
