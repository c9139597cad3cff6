/** Certificates a second over plain HTTP: P-256 authority, P-256 CSRs as JSON, everything on, everything durable. */
import { csrBodies } from './support/installation.ts'
import { runIssuance } from './support/run-issuance.ts'

await runIssuance({ name: 'issue-http', target: 4500, floor: 3500, bodies: () => csrBodies(), stages: true })
