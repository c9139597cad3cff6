/** The server as a process of its own: the product's composition with its configuration from the environment. */
import { loadConfig } from '../../../src/main/config.ts'
import { startServer } from '../../../src/main/server.ts'

const server = await startServer(loadConfig(process.env, 'normal'))
process.send?.({ apiUrl: server.apiUrl, listenerCaFile: server.listenerCaFile })
// Never outlive the benchmark.
process.once('disconnect', () => process.exit(1))
process.once('SIGTERM', () => {
  void server.stop().then(() => process.exit())
})
