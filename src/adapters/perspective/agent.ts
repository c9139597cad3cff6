import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { z } from 'zod'
import type { Perspective } from '../../core/ports/perspectives.ts'
import { MOST_QUESTION_OCTETS, PATHS, probeJson, probeQuestion, resolveQuestion } from './wire.ts'

export type AgentOptions = Pick<Perspective, 'resolver' | 'probe'> & {
  /** Names this process, as no other is named: a UUID. */
  readonly id: string
  /** What the server must show. */
  readonly token: string
}

/** An answer that is no success. */
class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * Looks for a server from where it stands: answers its questions to DNS and to web servers (see `wire.ts`), to nobody
 * without the token. It keeps nothing and decides nothing.
 */
export function createAgent({ resolver, probe, id, token }: AgentOptions): RequestListener {
  const known = digestOf(`Bearer ${token}`)
  const answerTo = async (request: IncomingMessage): Promise<object> => {
    // Digests, so that comparing takes as long whatever was shown, and however long it is.
    if (!timingSafeEqual(digestOf(request.headers.authorization ?? ''), known))
      throw new Refusal(401, 'the token is missing or wrong')
    if (request.url !== PATHS.resolve && request.url !== PATHS.probe)
      throw new Refusal(404, `there are ${PATHS.resolve} and ${PATHS.probe}`)
    if (request.method !== 'POST') throw new Refusal(405, 'questions are asked by POST')
    const question = await questionIn(request)
    if (request.url === PATHS.resolve)
      return { agent: id, answer: await resolver.resolve(understood(resolveQuestion, question)) }
    return { agent: id, answer: probeJson(await probe.get(understood(probeQuestion, question).url)) }
  }
  return (request, response) => {
    answerTo(request).then(
      (answer) => send(response, 200, answer),
      (error: unknown) => {
        const [status, message] =
          error instanceof Refusal ? [error.status, error.message] : [500, 'the agent failed']
        // What wasn't read of the question would be taken for the next one.
        send(response, status, { error: message }, { connection: 'close' })
      },
    )
  }
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

function send(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  const octets = Buffer.from(JSON.stringify(body))
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': octets.length,
      'cache-control': 'no-store',
      ...headers,
    })
    .end(octets)
}

async function questionIn(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let octets = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    octets += chunk.length
    if (octets > MOST_QUESTION_OCTETS)
      throw new Refusal(413, `a question has at most ${MOST_QUESTION_OCTETS} octets`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new Refusal(400, 'the question is no JSON')
  }
}

function understood<T>(schema: z.ZodType<T>, question: unknown): T {
  const parsed = schema.safeParse(question)
  if (!parsed.success) throw new Refusal(400, 'the question is none that is known')
  return parsed.data
}
