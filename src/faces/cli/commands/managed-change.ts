import type { RevocationReason } from '../../../core/domain/revocation.ts'
import type { Connection } from '../connection.ts'
import { jsonLine, type Context } from '../context.ts'
import { usage } from '../failure.ts'
import { momentOf } from '../times.ts'
import { nextSteps, tellManaged } from './managed-next.ts'
import { managedIdFor } from './managed-reference.ts'
import { tagsFrom } from './managed-request.ts'
import { expectIssued, waited, type ManagedAnswer } from './managed-wait.ts'

type Ask = (server: Connection, params: { readonly id: string }) => Promise<ManagedAnswer>

/** Makes a change and shows what came of it, in front of what to do next. */
async function change(
  context: Context,
  reference: string,
  ask: Ask,
  said: (answer: ManagedAnswer['value']) => string,
  next: (answer: ManagedAnswer['value'], now: number) => readonly string[] = () => [],
): Promise<void> {
  const server = await context.server()
  const answer = await ask(server, { id: await managedIdFor(server, reference) })
  if (context.json) return context.print(jsonLine(answer.text))
  context.print(`${said(answer.value)}\n`)
  for (const line of next(answer.value, context.world.now())) context.note(line)
}

type Waiting = { readonly wait?: true }

/** Looks at what is to be proved or renewed now, and waits for the end of it if asked to. */
async function forward(context: Context, reference: string, ask: Ask, { wait }: Waiting): Promise<void> {
  const server = await context.server()
  const asked = await ask(server, { id: await managedIdFor(server, reference) })
  const answer = wait === true ? await waited(context, server, asked) : asked
  if (context.json) context.print(jsonLine(answer.text))
  else tellManaged(context, answer.value)
  if (wait === true) expectIssued(answer.value)
}

/** Renews now. */
export const renewManaged = (context: Context, reference: string, options: Waiting): Promise<void> =>
  forward(context, reference, (server, params) => server.ask('renewManagedCertificate', { params }), options)

/** Has the names looked at now. */
export const validateManaged = (context: Context, reference: string, options: Waiting): Promise<void> =>
  forward(
    context,
    reference,
    (server, params) => server.ask('validateManagedCertificate', { params }),
    options,
  )

/** Asks for approval by mail again. */
export const resendManaged = (
  context: Context,
  reference: string,
  domain: string,
  { validationDomain }: { readonly validationDomain?: string },
): Promise<void> => {
  const body = { domain, ...(validationDomain === undefined ? {} : { validationDomain }) }
  return change(
    context,
    reference,
    (server, params) => server.ask('resendValidationEmail', { params, body }),
    (it) => {
      const emails = it.validation.find((each) => each.domain === domain)?.emails ?? []
      return `Asked again for ${domain}: ${emails.join(', ')}. Links of before are void.`
    },
  )
}

/** Revokes the version that stands. */
export const revokeManaged = (
  context: Context,
  reference: string,
  body: { readonly reason: RevocationReason },
): Promise<void> =>
  change(
    context,
    reference,
    (server, params) => server.ask('revokeManagedCertificate', { params, body }),
    ({ domainName, serial, revocation }) =>
      `Revoked the certificate for ${domainName}, serial ${serial ?? ''}, at ${momentOf(revocation?.revokedAt ?? '')}: ` +
      'in force now, in the CRL, and not renewed by itself any more.',
    nextSteps,
  )

/** Deletes one that nothing uses. */
export async function deleteManaged(context: Context, reference: string): Promise<void> {
  const server = await context.server()
  const id = await managedIdFor(server, reference)
  await server.client.deleteManagedCertificate({ params: { id } })
  if (context.json) return
  context.print(`Deleted ${id}: it is renewed no more.\n`)
  context.note('What it issued is valid still until it ends or is revoked: chancery certificate list')
}

/** Records that a resource uses it. */
export const associateManaged = (context: Context, reference: string, resourceArn: string): Promise<void> =>
  change(
    context,
    reference,
    (server, params) => server.ask('associateManagedCertificate', { params, body: { resourceArn } }),
    ({ domainName, inUseBy, renewal }) =>
      `The certificate for ${domainName} is used by ${inUseBy.length}, and can’t be deleted meanwhile. ` +
      (renewal.eligible
        ? `It is renewed by itself${renewal.at === undefined ? '' : ` from ${momentOf(renewal.at)}`}.`
        : `It isn’t renewed by itself: ${renewal.obstacle ?? ''}.`),
  )

/** Records that a resource uses it no more. */
export const dissociateManaged = (context: Context, reference: string, resourceArn: string): Promise<void> =>
  change(
    context,
    reference,
    (server, params) => server.ask('dissociateManagedCertificate', { params, query: { resourceArn } }),
    ({ domainName, inUseBy, renewal }) =>
      `The certificate for ${domainName} is used by ${inUseBy.length === 0 ? 'nothing' : inUseBy.length}. ` +
      (renewal.eligible
        ? 'It is renewed by itself still.'
        : `It isn’t renewed by itself: ${renewal.obstacle ?? ''}.`),
  )

/** Puts these tags in place of those there were. */
export async function tagManaged(
  context: Context,
  reference: string,
  texts: readonly string[],
  { none }: { readonly none?: true },
): Promise<void> {
  if ((texts.length === 0) !== (none === true))
    throw usage(
      none === true
        ? '--none goes without tags'
        : 'say the tags, key=value each; or --none to take them all away',
    )
  const body = { tags: tagsFrom(texts) }
  await change(
    context,
    reference,
    (server, params) => server.ask('setManagedTags', { params, body }),
    ({ domainName, tags }) => {
      const all = Object.entries(tags).map(([key, value]) => `${key}=${value}`)
      return `The certificate for ${domainName} has ${all.length === 0 ? 'no tags' : `these tags: ${all.join(' ')}`}.`
    },
  )
}
