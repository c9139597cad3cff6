import { once } from 'node:events'
import { connect, createServer, type ConnectionOptions, type TlsOptions } from 'node:tls'
import type { AddressInfo } from 'node:net'

export type Handshake = {
  readonly refused: { readonly code: string; readonly message: string } | undefined
  /** Whether the server took the client's certificate; false without one. */
  readonly clientAuthorized: boolean
}

/** One connection over TLS on this machine: whether the client goes through with it. */
export async function handshake(server: TlsOptions, client: ConnectionOptions): Promise<Handshake> {
  let clientAuthorized = false
  const listener = createServer(server, (socket) => {
    clientAuthorized = socket.authorized
    socket.on('error', () => {})
    socket.end('hello')
  })
  listener.on('tlsClientError', () => {})
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...client })
  try {
    // TLS 1.3: the server's verdict on a client's certificate comes after the client's handshake is done.
    await new Promise<void>((resolve, reject) => {
      socket.on('data', () => resolve())
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('closed without a word')))
    })
    return { refused: undefined, clientAuthorized }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    return { refused: { code, message }, clientAuthorized }
  } finally {
    socket.destroy()
    listener.close()
  }
}
