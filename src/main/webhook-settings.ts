import { readFileSync } from 'node:fs'

/** The URL of a receiver that the operator configures. */
export function webhookFrom(
  text: string | undefined,
  source: string,
  problems: string[],
): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const right =
    (url?.protocol === 'https:' || url?.protocol === 'http:') && url.username === '' && url.password === ''
  if (right) return url.href
  problems.push(`${source}: must be an http:// or https:// URL without user and password`)
  return undefined
}

/**
 * What messages to a receiver are signed with, as it was given or in a file: 24 to 64 octets in base64 behind `whsec_`, as
 * Standard Webhooks 1.0 has secrets.
 */
export function webhookSecretFrom(
  given: { readonly text: string | undefined; readonly source: string },
  file: { readonly path: string | undefined; readonly source: string },
  problems: string[],
): Uint8Array | undefined {
  const source = file.path === undefined ? given.source : file.source
  if (given.text !== undefined && file.path !== undefined) {
    problems.push(`${source}: give either the secret or its file, not both`)
    return undefined
  }
  let { text } = given
  try {
    if (file.path !== undefined) text = readFileSync(file.path, 'utf8').trim()
  } catch (error) {
    problems.push(`${source}: can't be read: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
  if (text === undefined) return undefined
  const octets = Buffer.from(text.slice('whsec_'.length), 'base64')
  const canonical = text === `whsec_${octets.toString('base64')}`
  if (canonical && octets.length >= 24 && octets.length <= 64) return new Uint8Array(octets)
  problems.push(
    `${source}: must be whsec_ and 24 to 64 octets in base64, as of \`echo "whsec_$(openssl rand -base64 32)"\``,
  )
  return undefined
}
