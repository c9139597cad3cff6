import type { Approval } from '../../domain/approvals.ts'
import { arns } from '../../domain/arns.ts'
import { htmlText } from '../../domain/html-text.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import { isoOf, type Millis } from '../../domain/time.ts'
import type { OutgoingMail } from '../../ports/mailer.ts'

/** A moment for people, UTC: `2026-11-30 12:00 UTC`. */
export const momentText = (time: Millis): string => `${isoOf(time).slice(0, 16).replace('T', ' ')} UTC`

/** The mail that asks one mailbox: for what, on whose behalf, until when, and where to decide. */
export function approvalMail(approval: Approval, managed: ManagedCertificate, link: string): OutgoingMail {
  const { domain, mailbox, account, region, expiresAt } = approval
  const facts: readonly (readonly [string, string])[] = [
    ['Domain to approve', domain],
    ['Names in the certificate', managed.names.join(', ')],
    ['Requested by', `account ${account} in ${region}`],
    ['Certificate', arns.managed(managed, managed.id)],
    ['Possible until', momentText(expiresAt)],
  ]
  return {
    // Sent again it has another link.
    id: `${approval.id}.${approval.attempts}`,
    to: mailbox,
    subject: `Certificate for ${domain}: approve or reject`,
    text: textOf(facts, domain, link),
    html: htmlOf(facts, domain, link),
  }
}

const INTRODUCTION =
  'A TLS certificate was requested. You are asked because this mailbox is taken to speak for the domain.'
const HOW = 'Opening the page decides nothing: it shows the request, and you approve or reject it there.'
const WARNING =
  'Whoever has this link can decide: don’t pass the mail on. If you know nothing of the request, reject it or do nothing; without an approval no certificate is issued.'

function textOf(facts: readonly (readonly [string, string])[], domain: string, link: string): string {
  const lines = facts.map(([label, value]) => `${label}:\n  ${value}`)
  return [INTRODUCTION, ...lines, `Approve or reject ${domain}:\n${link}`, HOW, WARNING].join('\n\n') + '\n'
}

function htmlOf(facts: readonly (readonly [string, string])[], domain: string, link: string): string {
  const rows = facts.map(([label, value]) => `<dt>${htmlText(label)}</dt><dd>${htmlText(value)}</dd>`)
  const paragraphs = [INTRODUCTION, HOW, WARNING].map((text) => `<p>${htmlText(text)}</p>`)
  const [introduction, how, warning] = paragraphs
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${htmlText(domain)}</title><body>${introduction}<dl>${rows.join('')}</dl><p><a href="${htmlText(link)}">Approve or reject ${htmlText(domain)}</a></p>${how}${warning}</body></html>`
}
