import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Agent, get } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { freePort } from '../../../scripts/free-port.ts'

/** A real nginx on a port of its own, which answers `here` over TLS. */
export type Nginx = {
  readonly port: number
  /** Of its configuration. */
  readonly file: string
  /** A shell command that has it read its certificate again; does nothing before it was started. */
  readonly reload: string
  start(): void
  /** One connection of its own, with a request on it; the serial number that the server presented. Fails as clients fail. */
  visit(root: string): Promise<string>
  stop(): Promise<void>
}

/**
 * @param live where fullchain.pem and key.pem are
 * @param more directives of its server
 */
export async function nginxFor(directory: string, name: string, live: string, more = ''): Promise<Nginx> {
  const port = await freePort()
  const file = join(directory, 'nginx.conf')
  writeFileSync(file, configuration(directory, name, live, port, more))
  const nginx = `nginx -c '${file}'`
  let child: ReturnType<typeof spawn> | undefined
  return {
    port,
    file,
    reload: `[ ! -e '${join(directory, 'nginx.pid')}' ] || { ${nginx} -t -q && ${nginx} -s reload; }`,
    start: () => {
      child = spawn('nginx', ['-c', file], { stdio: 'ignore' })
    },
    visit: (root) => visited(port, name, root),
    stop: async () => {
      if (child === undefined) return
      child.kill('SIGQUIT')
      await once(child, 'exit')
    },
  }
}

const configuration = (directory: string, name: string, live: string, port: number, more: string): string => `
daemon off;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
worker_processes 2;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${port} ssl;
    server_name ${name};
    ssl_certificate ${live}/fullchain.pem;
    ssl_certificate_key ${live}/key.pem;
    ${more}
    location / { return 200 "here"; }
  }
}
`

const visited = (port: number, name: string, root: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 })
    const request = get({
      host: '127.0.0.1',
      port,
      servername: name,
      ca: root,
      agent,
      headers: { host: name },
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate()
      let body = ''
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () =>
        body === 'here' ? resolve(serialNumber) : reject(new Error(`answered ${body}`)),
      )
    })
  })
