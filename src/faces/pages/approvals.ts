import type { Express } from 'express'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { DECISIONS, type Decision } from '../../core/domain/approvals.ts'
import { ChanceryError } from '../../core/domain/errors.ts'
import { decideApproval, describeApproval } from '../../core/operations/validation/decide-approval.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { answer } from '../http/answer.ts'
import { mountPath, type Endpoint } from '../http/app.ts'
import { Disconnected, readBody } from '../http/body.ts'
import { exchangeOf } from '../http/exchange.ts'
import { approvalPage, problemPage } from './approval-page.ts'
import { cookieFor, cookieOf, csrfToken, isOwnForm } from './csrf.ts'
import { answerPage } from './page.ts'

type PagePorts = Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'settings' | 'logger'>

/** Two short fields. */
const FORM_LIMIT = 2048
const FORM_TYPE = 'application/x-www-form-urlencoded'

/**
 * The page behind the link in a mail. GET shows who asks for what, POST decides: programs that look at every link in a
 * mail, and browsers that look ahead, decide nothing.
 */
export function mountApprovalPages(app: Express, ports: PagePorts): void {
  mountPath(app, '/approvals/:token', '/approvals/{token}', {
    GET: page(ports, (request, response, token) => show(ports, request, response, token)),
    POST: page(ports, (request, response, token) => decide(ports, request, response, token)),
  })
}

type Work = (request: IncomingMessage, response: ServerResponse, token: string) => Promise<void>

/** A person reads what goes wrong, too. */
const page =
  (ports: PagePorts, work: Work): Endpoint =>
  async (request, response) => {
    try {
      await work(request, response, (request.params as { token: string }).token)
    } catch (error) {
      if (error instanceof Disconnected) throw error
      answerFailure(ports, request, response, error)
    }
  }

async function show(
  ports: PagePorts,
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  status = 200,
): Promise<void> {
  const view = await describeApproval(ports, token)
  const nonce = cookieOf(request) ?? Buffer.from(ports.random.bytes(32)).toString('base64url')
  const secure = ports.settings.approvalUrl?.startsWith('https:') ?? true
  const cookie = view.state === 'open' ? { 'set-cookie': cookieFor(nonce, secure) } : {}
  answerPage(response, status, approvalPage(view, csrfToken(token, nonce)), cookie)
}

async function decide(
  ports: PagePorts,
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
): Promise<void> {
  // Unknown links are told from wrong forms: that gives nothing away, since it shows who asks for what anyway.
  await describeApproval(ports, token)
  const form = await formOf(request)
  const decision = form.get('decision')
  if (!isOwnForm(request, token, form.get('csrf') ?? ''))
    return answerPage(
      response,
      403,
      problemPage(
        'This form can’t be used',
        'Nothing was decided. Open the link in the mail again and decide there; the browser must accept the page’s cookie.',
      ),
    )
  if (!isDecision(decision))
    return answerPage(response, 400, problemPage('Nothing was decided', 'Choose to approve or to reject.'))
  try {
    await decideApproval(ports, token, decision, {
      sourceAddress: request.socket.remoteAddress,
      userAgent: request.headers['user-agent']?.slice(0, 256),
      requestId: exchangeOf(request).requestId,
    })
  } catch (error) {
    if (!(error instanceof ChanceryError && error.code === 'state_conflict')) throw error
    exchangeOf(request).code = error.code
    return show(ports, request, response, token, 409)
  }
  // Relative to this page, wherever a proxy has put it; reloading then asks again instead of deciding again.
  answer(response, 303, { location: token })
}

const isDecision = (text: string | null): text is Decision => DECISIONS.some((each) => each === text)

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== FORM_TYPE) throw new ChanceryError('media_type_unsupported', `${FORM_TYPE} is expected`)
  return new URLSearchParams((await readBody(request, FORM_LIMIT)).toString('utf8'))
}

const STATUS: Partial<Record<ChanceryError['code'], number>> = {
  not_found: 404,
  body_too_large: 413,
  media_type_unsupported: 415,
  unavailable: 503,
}

function answerFailure(
  { logger }: Pick<Ports, 'logger'>,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  const exchange = exchangeOf(request)
  const known = error instanceof ChanceryError ? STATUS[error.code] : undefined
  exchange.code = known === undefined || !(error instanceof ChanceryError) ? 'internal' : error.code
  if (known === undefined) logger.error({ requestId: exchange.requestId, err: error }, 'request failed')
  answerPage(response, known ?? 500, FAILURES[known ?? 500] ?? failed(exchange.requestId))
}

const failed = (requestId: string) =>
  problemPage(
    'That didn’t work',
    'Nothing was decided. Try again in a moment; if it goes on, tell whoever runs this server.',
    `Request id: ${requestId}`,
  )

const FAILURES: Readonly<Record<number, ReturnType<typeof problemPage>>> = {
  404: problemPage(
    'This link leads nowhere',
    'It isn’t whole, or the mail was sent again and only the newest link can be used, or the request is gone.',
    'Open the link in the newest mail, all of it.',
  ),
}
