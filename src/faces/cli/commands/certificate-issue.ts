import type { IssuedCertificateJson } from '../../../contract/index.ts'
import { jsonLine, type Context } from '../context.ts'
import { usage } from '../failure.ts'
import type { Targets } from '../file-names.ts'
import { fileGiven, objectGiven, refuseExisting } from '../files.ts'
import { factsOf } from '../table.ts'
import { endOf } from '../times.ts'
import { visible } from '../visible.ts'
import { issueMany } from './certificate-bulk.ts'
import {
  bodyOf,
  chainPem,
  checkIssueOptions,
  csrText,
  pathsOf,
  targetsOf,
  type IssueOptions,
} from './certificate-order.ts'
import { namesOf } from './certificate-view.ts'
import { issueInto, withoutKey } from './issue-into.ts'

/** Issues one certificate, or those of a names file. */
export async function issue(
  context: Context,
  names: readonly string[],
  options: IssueOptions,
): Promise<void> {
  checkIssueOptions(names, options)
  if (options.namesFile !== undefined) return issueMany(context, options.namesFile, options)
  const { world, json } = context
  const targets = targetsOf(world.directory, names, options, json)
  if (options.force !== true) await refuseExisting(pathsOf(targets))
  const csr = options.csr === undefined ? undefined : await csrGiven(context, options.csr)
  const nowhere = pathsOf(targets).length === 0
  const withKey = csr === undefined && (targets.key !== undefined || nowhere)
  const passthrough = await objectGiven(world.directory, options.passthrough, '--passthrough')
  const server = await context.server()
  const answer = await issueInto(
    server,
    bodyOf(names, csr, options, withKey, passthrough),
    targets,
    options.force === true,
  )
  const issued = answer.value
  if (json) return context.print(nowhere ? jsonLine(answer.text) : `${withoutKey(answer.text)}\n`)
  if (nowhere) context.print(chainPem(issued))
  tell(context, issued, targets)
}

async function csrGiven(context: Context, path: string): Promise<string> {
  const { stdin, directory } = context.world
  if (path === '-' && stdin.isTerminal) context.note('Paste the certification request, then Ctrl-D.')
  const bytes = path === '-' ? await stdin.readAll() : await fileGiven(directory, path, '--csr')
  if (bytes.length === 0) throw usage(`--csr: ${path} is empty`)
  return csrText(bytes)
}

function tell(context: Context, issued: IssuedCertificateJson, targets: Targets): void {
  const { note, world } = context
  note(
    factsOf([
      ['Certificate for', namesOf(issued).join(', ') || issued.subject],
      ['Expires', endOf(issued.notAfter, world.now())],
      ['Serial', issued.serial],
      ['Certificate', targets.cert],
      ['Certificate and chain', targets.chain],
      [
        'Private key',
        targets.key ?? (issued.hasKey ? 'kept by the service; see `certificate export`' : undefined),
      ],
    ]).trimEnd(),
  )
  for (const warning of issued.warnings) note(`warning: ${visible(warning)}`)
  if (targets.chain !== undefined && targets.key !== undefined)
    note(`\nGive both files to your server: nginx calls them ssl_certificate and ssl_certificate_key.`)
  note(`To take it back: chancery certificate revoke ${issued.id}`)
}
