/** Certificates a second for P-256 keys that the server makes and seals. */
import { DISTINCT_CSRS } from './support/installation.ts'
import { runIssuance } from './support/run-issuance.ts'

const bodyOf = (i: number): string =>
  JSON.stringify({
    key: { algorithm: 'EC_prime256v1' },
    names: { dns: [`host-${String(i).padStart(6, '0')}.bench.example.com`] },
  })

await runIssuance({
  name: 'issue-keygen',
  target: 2500,
  bodies: () => Array.from({ length: DISTINCT_CSRS }, (_, i) => bodyOf(i)),
})
