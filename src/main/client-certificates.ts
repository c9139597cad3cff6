import type { Server } from 'node:http'
import { SECOND } from '../core/domain/time.ts'
import type { Ports } from '../core/ports/ports.ts'
import { askForCertificates } from '../faces/http/server.ts'
import type { Job } from '../faces/jobs/job.ts'
import type { CredentialOptions } from './credential-settings.ts'

/**
 * Has connections asked for a client's certificate, always, never, or while somebody maps one to a role: browsers that
 * have any ask their user for one, which nobody should see without need. Another server's mapping is noticed within two
 * seconds.
 */
export const clientCertificatesJob = (
  ports: Pick<Ports, 'store'>,
  { clientCertificates }: CredentialOptions,
  servers: readonly Server[],
): Job => ({
  name: 'client-certificates',
  every: 2 * SECOND,
  everywhere: true,
  run: async () => {
    const wanted =
      clientCertificates === 'auto'
        ? await ports.store.reads.certificateMappings.any()
        : clientCertificates === 'on'
    for (const server of servers) askForCertificates(server, wanted)
    return {}
  },
})
