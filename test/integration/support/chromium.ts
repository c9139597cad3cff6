import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** As it runs without a screen, as root, and without asking anybody else for anything. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
]

type Answer = { readonly id?: number; readonly result?: Record<string, unknown>; readonly error?: unknown }

/** A page in a real browser, driven over its debugging protocol. */
export type BrowserPage = {
  /** Opens a URL and waits until it is loaded. */
  open(url: string): Promise<void>
  /** The value of an expression in the page. */
  value(expression: string): Promise<unknown>
  /** Does something in the page that loads another one, and waits for that. */
  leaveBy(expression: string): Promise<void>
  /** What the browser complained of: blocked styles, scripts, forms. */
  readonly complaints: string[]
  close(): Promise<void>
}

/** @param look dark or light; how wide in CSS pixels */
export async function openBrowser(look: { dark: boolean; width: number }): Promise<BrowserPage> {
  const profile = mkdtempSync(join(tmpdir(), 'chancery-chromium-'))
  const child = spawn('chromium', [...FLAGS, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const socket = new WebSocket(await debuggingUrl(child))
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  const waiting = new Map<number, (answer: Answer) => void>()
  const complaints: string[] = []
  let loaded = (): void => {}
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as Answer & {
      method?: string
      params?: { entry?: { text?: string } }
    }
    if (message.id !== undefined) waiting.get(message.id)?.(message)
    else if (message.method === 'Page.loadEventFired') loaded()
    else if (message.method === 'Log.entryAdded') complaints.push(message.params?.entry?.text ?? '')
  }
  let last = 0
  const session: { sessionId?: unknown } = {}
  const send = (method: string, params: object = {}): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const id = ++last
      waiting.set(id, ({ result, error }) =>
        error === undefined ? resolve(result ?? {}) : reject(new Error(JSON.stringify(error))),
      )
      socket.send(JSON.stringify({ id, method, params, ...session }))
    })
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' })
  session.sessionId = (await send('Target.attachToTarget', { targetId, flatten: true }))['sessionId']
  for (const domain of ['Page', 'Runtime', 'Log']) await send(`${domain}.enable`)
  await send('Emulation.setEmulatedMedia', {
    features: [{ name: 'prefers-color-scheme', value: look.dark ? 'dark' : 'light' }],
  })
  await send('Emulation.setDeviceMetricsOverride', {
    width: look.width,
    height: 800,
    deviceScaleFactor: 1,
    mobile: true,
  })
  const loading = async (start: () => Promise<unknown>): Promise<void> => {
    const done = new Promise<void>((resolve) => (loaded = resolve))
    await start()
    await done
  }
  const value = async (expression: string): Promise<unknown> => {
    const { result } = (await send('Runtime.evaluate', { expression, returnByValue: true })) as {
      result?: { value?: unknown }
    }
    return result?.value
  }
  return {
    open: (url) => loading(() => send('Page.navigate', { url })),
    value,
    leaveBy: (expression) => loading(() => value(expression)),
    complaints,
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      socket.close()
      child.kill('SIGKILL')
      await ended
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Chromium says it on its standard error. */
function debuggingUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stderr === null) throw new Error('no standard error')
    createInterface(child.stderr).on('line', (line) => {
      const url = /^DevTools listening on (ws:\S+)/.exec(line)?.[1]
      if (url !== undefined) resolve(url)
    })
    child.once('exit', (code) => reject(new Error(`chromium ended with ${code}`)))
  })
}
