import { Agent, request } from 'node:http'
import { ADMIN_TOKEN } from './servers.ts'

export type Answer = {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
}

/** One exchange over a connection of `agent`. @throws Error when the connection breaks before the answer is whole */
export function exchange(
  agent: Agent,
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body?: string | Uint8Array,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => (text += chunk))
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }))
      incoming.on('error', reject)
      incoming.on('aborted', () => reject(new Error('the answer broke off')))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** A certificate that a client holds an answer for. */
export type Held = { readonly id: string; readonly serial: string; readonly der: Buffer }

export type Load = {
  /** Everything answered with 201, in the order of the answers. */
  readonly held: Held[]
  /** Answers with another status than 201. */
  readonly refused: Answer[]
  /** Requests whose connection broke before an answer. */
  readonly broken: { count: number }
  /** Resolves when so many were answered with 201, or when no client is left. */
  answered(count: number): Promise<void>
  /** Lets each client finish what it has sent. */
  stop(): Promise<void>
}

/**
 * Clients that issue one certificate after the other over a kept connection each, until stopped or cut off.
 * @param bodyOf the request's body, by a running number
 */
export function startLoad(apiUrl: string, clients: number, bodyOf: (n: number) => unknown): Load {
  const load = { held: [] as Held[], refused: [] as Answer[], broken: { count: 0 } }
  const waiting = new Set<{ count: number; resolve: () => void }>()
  let going = true
  let n = 0
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const client = async (): Promise<void> => {
    while (going) {
      const body = JSON.stringify(bodyOf(n++))
      const sent = exchange(agent, `${apiUrl}/v1/certificates`, 'POST', jsonHeaders(body), body)
      const answer = await sent.catch(() => undefined)
      if (answer === undefined) {
        load.broken.count++
        return
      }
      if (answer.status === 201) load.held.push(heldFrom(answer.text))
      else load.refused.push(answer)
      for (const waiter of waiting) if (load.held.length >= waiter.count) waiter.resolve()
    }
  }
  const running = Promise.all(Array.from({ length: clients }, client))
  return {
    ...load,
    answered: (count) => {
      const enough = new Promise<void>((resolve) => {
        if (load.held.length >= count) resolve()
        else waiting.add({ count, resolve })
      })
      return Promise.race([enough, running.then(() => {})])
    },
    stop: async () => {
      going = false
      await running
      agent.destroy()
    },
  }
}

const jsonHeaders = (body: string): Record<string, string> => ({
  authorization: `Bearer ${ADMIN_TOKEN}`,
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(body)),
})

/** What an answer to an issuance hands out. */
export function heldFrom(text: string): Held {
  const { id, serial, certificate } = JSON.parse(text) as { id: string; serial: string; certificate: string }
  return { id, serial, der: derOf(certificate) }
}

/** The octets of the first block of a PEM text. */
export const derOf = (pem: string): Buffer<ArrayBuffer> =>
  Buffer.from(pem.replace(/-----END[^]*$/, '').replace(/-----BEGIN [A-Z0-9 ]+-----/, ''), 'base64')

/** Octets as a PEM text. */
export const pemOf = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`
