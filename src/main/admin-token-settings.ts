import { readFileSync } from 'node:fs'

const MIN_TOKEN = 32

type Given = { readonly adminToken: string | undefined; readonly adminTokenFile: string | undefined }

/** The bootstrap administrator's token, as it was given or in a file. */
export function adminTokenFrom(
  { adminToken, adminTokenFile }: Given,
  source: (name: keyof Given) => string,
  problems: string[],
): string | undefined {
  if (adminToken !== undefined && adminTokenFile !== undefined)
    problems.push(`${source('adminToken')}: give either the token or its file, not both`)
  let token = adminToken
  if (adminTokenFile !== undefined)
    try {
      token = readFileSync(adminTokenFile, 'utf8').trim()
    } catch (error) {
      problems.push(
        `${source('adminTokenFile')}: can't be read: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  if (token !== undefined && (token.length < MIN_TOKEN || !/^[\x21-\x7e]+$/.test(token)))
    problems.push(
      `${source(adminTokenFile === undefined ? 'adminToken' : 'adminTokenFile')}: must have at least ${MIN_TOKEN} visible ASCII characters`,
    )
  return token
}
