import { z } from 'zod'
import type { CacheRule } from '../core/domain/cache-rules.ts'
import { SECOND } from '../core/domain/time.ts'
import { webhookFrom, webhookSecretFrom } from './webhook-settings.ts'

const MOST_RULES = 50
const RULE = /^(\/[A-Za-z0-9._~*/-]*)=(\d{1,9}),(\d{1,9}),(\d{1,9})$/

const rule = z.string().transform((text, context): CacheRule => {
  const [, path = '', ...seconds] = RULE.exec(text.trim()) ?? []
  const [least = 0, usual = 0, most = 0] = seconds.map((each) => Number(each) * SECOND)
  if (path !== '' && least <= usual && usual <= most) return { path, least, usual, most }
  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text)} is no rule such as /crl/*.crl=0,60,120: a path, then least, usual and most seconds, each at least as many as the one before`,
  })
  return z.NEVER
})

/** Of the public port. */
export const REPOSITORY_SETTINGS = {
  cacheRules: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(';').flatMap((part) => part.trim() || []) : value),
      z.array(rule).max(MOST_RULES, `must be at most ${MOST_RULES} rules`),
    )
    .default([]),
  watchUrl: z.string().optional(),
  repositoryWebhook: z.string().optional(),
  repositoryWebhookSecret: z.string().optional(),
  repositoryWebhookSecretFile: z.string().min(1).optional(),
} as const

type Name = keyof typeof REPOSITORY_SETTINGS
type Given = { readonly [Member in Name]: z.output<(typeof REPOSITORY_SETTINGS)[Member]> }

export type RepositoryOptions = {
  /** Tried before the usual ones. */
  readonly cacheRules: readonly CacheRule[]
  /** Where the repository is looked at; undefined: at the public URL, or at this server. */
  readonly watchUrl: string | 'off' | undefined
  /** The operator's own: told what changed in the repository, and what is wrong with it. */
  readonly webhook: string | undefined
}

/** The group, and the secret that messages are signed with. */
export function repositoryFrom(
  given: Given,
  source: (name: Name) => string,
  problems: string[],
): { readonly repository: RepositoryOptions; readonly secret: Uint8Array | undefined } {
  const webhook = webhookFrom(given.repositoryWebhook, source('repositoryWebhook'), problems)
  const secret = webhookSecretFrom(
    { text: given.repositoryWebhookSecret, source: source('repositoryWebhookSecret') },
    { path: given.repositoryWebhookSecretFile, source: source('repositoryWebhookSecretFile') },
    problems,
  )
  if (
    webhook !== undefined &&
    given.repositoryWebhookSecret === undefined &&
    given.repositoryWebhookSecretFile === undefined
  )
    problems.push(
      `${source('repositoryWebhookSecretFile')}: is needed with a webhook, so that its receiver knows who calls`,
    )
  const watchUrl = watchUrlFrom(given.watchUrl, source('watchUrl'), problems)
  return { repository: { cacheRules: given.cacheRules, watchUrl, webhook }, secret }
}

function watchUrlFrom(
  text: string | undefined,
  source: string,
  problems: string[],
): RepositoryOptions['watchUrl'] {
  if (text === undefined || text === 'off') return text
  const url = URL.canParse(text) ? new URL(text) : undefined
  const right = url?.protocol === 'http:' && url.username === '' && url.search === '' && url.hash === ''
  if (right) return url.href
  problems.push(`${source}: must be an http:// URL without query, such as http://127.0.0.1:8080, or off`)
  return undefined
}
