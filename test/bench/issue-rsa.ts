/** Certificates a second from an authority with an RSA-2048 key, for P-256 CSRs. */
import { csrBodies } from './support/installation.ts'
import { runIssuance } from './support/run-issuance.ts'
import type { ServerProcess } from './support/server-process.ts'

/** A subordinate of the root that the first start made. @throws Error with the server's answer */
async function rsaAuthority(server: ServerProcess): Promise<string> {
  const { status, text } = await server.request('/v1/authorities', {
    kind: 'subordinate',
    parent: 'root',
    name: 'rsa',
    subject: { commonName: 'Bench RSA' },
    keyAlgorithm: 'RSA_2048',
  })
  if (status !== 201) throw new Error(text)
  return (JSON.parse(text) as { id: string }).id
}

await runIssuance({
  name: 'issue-rsa',
  target: 1500,
  bodies: async (server) => csrBodies(undefined, await rsaAuthority(server)),
})
