import type { Command } from 'commander'
import type { CrossCertificateJson } from '../../../contract/index.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { days } from '../option-values.ts'
import { factsOf } from '../table.ts'
import { endOf } from '../times.ts'
import { authorityFacts } from './authority-view.ts'

type Life = { readonly days?: number }

/** `chancery authority renew|cross-sign|cross-certificates`. */
export function addAuthorityCertificates(authority: Command, run: Run): void {
  authority
    .command('renew')
    .description('give an authority a new certificate for the same key; what it issued goes on verifying')
    .argument('<authority>', 'id, name or ARN')
    .addOption(days('how long it lasts (default: as long as the old one)'))
    .action(async (reference: string, options: Life, command: Command) =>
      renew(contextOf(run, command), reference, options),
    )
  authority
    .command('cross-sign')
    .description('have an authority’s key certified by another one, for clients that trust that one')
    .argument('<authority>', 'whose key: id, name or ARN')
    .requiredOption('--issuer <authority>', 'who signs: id, name or ARN')
    .addOption(days('how long it lasts (default: as long as both do)'))
    .action(async (reference: string, options: Life & { issuer: string }, command: Command) =>
      crossSign(contextOf(run, command), reference, options),
    )
  authority
    .command('cross-certificates')
    .description('list the certificates for an authority’s key by others than its parent')
    .argument('<authority>', 'id, name or ARN')
    .action(async (reference: string, _: object, command: Command) =>
      list(contextOf(run, command), reference),
    )
}

const validityOf = ({ days: life }: Life) => (life === undefined ? {} : { validity: { days: life } })

async function renew(context: Context, reference: string, options: Life): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('renewAuthority', { params: { authority: reference }, body: validityOf(options) })
  if (context.json) return context.print(jsonLine(answer.text))
  context.print(authorityFacts(answer.value, context.world.now()))
  if (answer.value.kind === 'root')
    context.note('\nIts certificate is another one now: install it wherever the old one is trusted.')
}

async function crossSign(
  context: Context,
  reference: string,
  options: Life & { readonly issuer: string },
): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('crossSignAuthority', {
    params: { authority: reference },
    body: { issuer: options.issuer, ...validityOf(options) },
  })
  if (context.json) return context.print(jsonLine(answer.text))
  context.print(crossFacts(answer.value, context.world.now()))
}

async function list(context: Context, reference: string): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('listCrossCertificates', { params: { authority: reference } })
  if (context.json) return context.print(jsonLine(answer.text))
  const now = context.world.now()
  context.table<CrossCertificateJson>(
    [
      { title: 'ISSUER', value: (it) => it.issuer },
      { title: 'SERIAL', value: (it) => it.serial },
      { title: 'STATUS', value: (it) => it.status },
      { title: 'EXPIRES', value: (it) => endOf(it.notAfter, now) },
    ],
    answer.value.items,
  )
}

const crossFacts = (it: CrossCertificateJson, now: number): string =>
  factsOf([
    ['Id', it.id],
    ['Issuer', it.issuer],
    ['Serial', it.serial],
    ['Expires', endOf(it.notAfter, now)],
    ['URL', it.url],
  ])
