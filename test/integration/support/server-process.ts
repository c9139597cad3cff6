/**
 * A whole server as a process of its own, for tests that kill it: configured by its environment like `chancery serve`,
 * prints its addresses as one line of JSON, stops on SIGTERM.
 */
import { loadConfig } from '../../../src/main/config.ts'
import { startServer } from '../../../src/main/server.ts'

const server = await startServer(loadConfig(process.env, 'normal'))
process.once('SIGTERM', () => void server.stop())
process.stdout.write(
  `${JSON.stringify({ pid: process.pid, apiUrl: server.apiUrl, repositoryUrl: server.repositoryUrl })}\n`,
)
