import type { RequestOf } from '../../../contract/index.ts'
import type { KeyAlgorithm } from '../../../core/domain/key-algorithms.ts'
import type { ValidationMethod } from '../../../core/domain/managed-certificates.ts'
import { jsonLine, type Context } from '../context.ts'
import { usage } from '../failure.ts'
import { tellManaged } from './managed-next.ts'
import { expectIssued, waited } from './managed-wait.ts'

type Body = NonNullable<RequestOf<'requestManagedCertificate'>['body']>

export type RequestOptions = {
  readonly validate?: ValidationMethod
  readonly validationDomain?: readonly string[]
  readonly authority?: string
  readonly profile?: string
  readonly days?: number
  readonly keyAlgorithm?: KeyAlgorithm
  readonly keepKey?: true
  readonly exportable?: true
  readonly notExportable?: true
  readonly tag?: readonly string[]
  readonly wait?: true
}

/** Requests a managed certificate, and waits for it if asked to. */
export async function requestManaged(
  context: Context,
  domainName: string,
  names: readonly string[],
  options: RequestOptions,
): Promise<void> {
  const body = requestBody(domainName, names, options)
  const server = await context.server()
  const asked = await server.ask('requestManagedCertificate', { body })
  if (context.json && options.wait !== true) return context.print(jsonLine(asked.text))
  if (options.wait !== true || asked.value.validateUntil === undefined) {
    if (context.json) context.print(jsonLine(asked.text))
    else tellManaged(context, asked.value)
    return
  }
  if (!context.json) tellManaged(context, asked.value)
  const answer = await waited(context, server, asked)
  if (context.json) context.print(jsonLine(answer.text))
  else tellManaged(context, answer.value)
  expectIssued(answer.value)
}

/** @throws CliFailure with exit code 2 for options that don't go together */
export function requestBody(domainName: string, names: readonly string[], options: RequestOptions): Body {
  const { validate, authority, profile, days, keyAlgorithm, tag } = options
  const domains = pairs('--validation-domain', 'www.example.com=example.com', options.validationDomain ?? [])
  if (domains.length > 0 && validate !== 'EMAIL')
    throw usage('--validation-domain goes with --validate email: it says whose mailboxes to ask')
  if (options.exportable === true && options.notExportable === true)
    throw usage('--exportable and --not-exportable exclude each other')
  return {
    domainName,
    ...(names.length === 0 ? {} : { names: [...names] }),
    ...(validate === undefined ? {} : { validation: validationOf(validate, domains) }),
    ...(authority === undefined ? {} : { authority }),
    ...(profile === undefined ? {} : { profile }),
    ...(days === undefined ? {} : { days }),
    ...(keyAlgorithm === undefined ? {} : { keyAlgorithm }),
    ...(options.keepKey === true ? { renewalKey: 'keep' as const } : {}),
    ...((options.exportable ?? options.notExportable) === true
      ? { exportable: options.exportable === true }
      : {}),
    ...(tag === undefined ? {} : { tags: tagsFrom(tag) }),
  }
}

const validationOf = (method: ValidationMethod, domains: readonly (readonly [string, string])[]) => ({
  method,
  ...(domains.length === 0
    ? {}
    : { domains: domains.map(([domain, validationDomain]) => ({ domain, validationDomain })) }),
})

/** `key=value` each. @throws CliFailure with exit code 2 */
export const tagsFrom = (texts: readonly string[]): Record<string, string> =>
  Object.fromEntries(pairs('--tag', 'key=value', texts))

function pairs(option: string, form: string, texts: readonly string[]): (readonly [string, string])[] {
  return texts.map((text) => {
    const at = text.indexOf('=')
    if (at < 1) throw usage(`${option}: “${text}” must be like ${form}`)
    return [text.slice(0, at), text.slice(at + 1)]
  })
}
