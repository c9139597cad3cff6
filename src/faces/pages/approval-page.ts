import { htmlText } from '../../core/domain/html-text.ts'
import type { ApprovalState } from '../../core/domain/approvals.ts'
import { momentText } from '../../core/operations/validation/approval-mail.ts'
import type { ApprovalView } from '../../core/operations/validation/decide-approval.ts'

type Page = { readonly title: string; readonly content: string }

const paragraph = (text: string): string => `<p>${htmlText(text)}</p>`

/** What is asked, of whom, and the two answers where there is still one to give. */
export function approvalPage(view: ApprovalView, csrf: string): Page {
  const { approval, state } = view
  const { domain } = approval
  if (state !== 'open') return { title: TITLES[state](domain), content: stateText(view) + factsOf(view) }
  return {
    title: `Approve a certificate for ${domain}?`,
    content: [
      paragraph(
        'A TLS certificate was requested. You are asked because your mailbox is taken to speak for the domain.',
      ),
      factsOf(view),
      `<form method="post"><input type="hidden" name="csrf" value="${htmlText(csrf)}">`,
      '<button class="go" name="decision" value="approve">Approve</button>',
      '<button class="stop" name="decision" value="reject">Reject</button></form>',
      paragraph(
        'Approve only what you know of: whoever has the certificate can answer in the domain’s name. A decision is final. Closing this page decides nothing.',
      ),
    ].join('\n'),
  }
}

/** For everything that goes wrong; says what to do next. */
export const problemPage = (title: string, ...lines: readonly string[]): Page => ({
  title,
  content: `<div class="state" role="alert">${lines.map(paragraph).join('')}</div>`,
})

function factsOf({ approval, managed }: ApprovalView): string {
  const { domain, account, region, mailbox, expiresAt } = approval
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Domain to approve', domain],
    ['Names in the certificate', managed?.names.join(', ')],
    ['Requested by', `account ${account} in ${region}`],
    ['Certificate', approval.managed],
    ['Asked at', mailbox],
    ['Possible until', momentText(expiresAt)],
  ]
  const rows = facts.flatMap(([label, value]) =>
    value === undefined ? [] : [`<dt>${htmlText(label)}</dt><dd>${htmlText(value)}</dd>`],
  )
  return `<dl>${rows.join('')}</dl>`
}

type Settled = Exclude<ApprovalState, 'open'>

const TITLES: Readonly<Record<Settled, (domain: string) => string>> = {
  approved: (domain) => `${domain} is approved`,
  rejected: (domain) => `${domain} is rejected`,
  expired: () => 'It is too late to decide',
  replaced: () => 'There is a newer mail',
  closed: () => 'There is nothing to decide any more',
}

const TEXTS: Readonly<Record<Settled, string>> = {
  approved: 'The certificate is issued when all of its names are approved. There is nothing more to do here.',
  rejected: 'Nothing is issued on this request. There is nothing more to do here.',
  expired: 'The request was not decided in time. Whoever needs the certificate can request it anew.',
  replaced: 'The mail was sent again, and only the link in the newest one can be used.',
  closed: 'The request was withdrawn, or came to an end in another way.',
}

function stateText({ state, decidedAt }: ApprovalView): string {
  const when = decidedAt === undefined ? '' : ` Decided on ${momentText(decidedAt)}.`
  return `<div class="state" role="status">${paragraph(TEXTS[state as Settled] + when)}</div>`
}
