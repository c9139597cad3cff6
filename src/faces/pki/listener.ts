import type { RequestListener } from 'node:http'
import type { ResponderPorts } from '../../core/operations/ocsp/renew-responder.ts'
import { createRepositoryApp, type RepositoryOptions } from './app.ts'
import { createOcspListener, type OcspOptions } from './ocsp.ts'

/** All of the public port: the OCSP responder, and the files behind it. */
export function createRepositoryListener(
  ports: ResponderPorts,
  options: RepositoryOptions & OcspOptions,
): RequestListener {
  const ocsp = createOcspListener(ports, options)
  const app = createRepositoryApp(ports, options)
  return (request, response) => {
    if (!ocsp(request, response)) app(request, response)
  }
}
