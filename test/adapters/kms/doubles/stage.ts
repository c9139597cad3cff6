import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export type Asked = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}
export type Answer = {
  readonly status: number
  readonly json?: unknown
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}
/** What goes wrong instead of an answer: nothing ever comes, or the connection breaks. */
export type Fault = Answer | 'hangs' | 'breaks'

export type Stage = {
  readonly url: string
  readonly asked: Asked[]
  /** Decides before each request whether it goes wrong; `undefined` for "not". */
  fault: ((asked: Asked) => Fault | undefined) | undefined
  close(): Promise<void>
}

type Tls = {
  readonly cert: string
  readonly key: string
  readonly ca?: string
  readonly requestCert?: boolean
}

/** A server on a free port of this machine that answers by `play`, and fails whenever a test wants it to. */
export async function stage(play: (asked: Asked) => Answer | Promise<Answer>, tls?: Tls): Promise<Stage> {
  const listener: Parameters<typeof createServer>[1] = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      const asked = { method, path, headers, body: Buffer.concat(chunks) }
      self.asked.push(asked)
      const fault = self.fault?.(asked)
      if (fault === 'hangs') return
      if (fault === 'breaks') {
        response.destroy()
        return
      }
      void Promise.resolve(fault ?? play(asked))
        .catch((error: unknown) => ({ status: 500, text: `the double failed: ${String(error)}` }))
        .then((answer: Answer) => {
          const text = answer.text ?? (answer.json === undefined ? '' : JSON.stringify(answer.json))
          response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
          response.end(text)
        })
    })
  }
  const server: Server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ ...tls, rejectUnauthorized: tls.requestCert === true }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const self: Stage = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    asked: [],
    fault: undefined,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return self
}
