import { connect, type Socket } from 'node:net'
import { createInterface, type Interface } from 'node:readline'

/** A conversation with a mail server, word by word. */
export class SmtpSession {
  readonly #socket: Socket
  readonly #lines: AsyncIterator<string>
  readonly #reader: Interface

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    // That the server hangs up shows in what it didn't say.
    this.#socket.on('error', () => {})
    this.#reader = createInterface(this.#socket)
    this.#lines = this.#reader[Symbol.asyncIterator]()
  }

  /** The next whole reply; several lines become one text. */
  async reply(): Promise<string> {
    const lines: string[] = []
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done === true) return lines.join('\n')
      lines.push(value)
      if (!/^\d{3}-/.test(value)) return lines.join('\n')
    }
  }

  /** Says a line and returns the reply. */
  say(line: string): Promise<string> {
    this.#socket.write(`${line}\r\n`)
    return this.reply()
  }

  /** Greets, and names sender and recipients; returns the reply to each. */
  async envelope(from: string, to: readonly string[]): Promise<string[]> {
    await this.reply()
    await this.say('EHLO client.test')
    const replies = [await this.say(`MAIL FROM:<${from}>`)]
    for (const each of to) replies.push(await this.say(`RCPT TO:<${each}>`))
    return replies
  }

  /** Sends a message, which has no line that is a dot; returns the last reply. */
  async data(content: string | Uint8Array): Promise<string> {
    const ready = await this.say('DATA')
    if (!ready.startsWith('354')) return ready
    this.#socket.write(content)
    this.#socket.write('\r\n.\r\n')
    return this.reply()
  }

  close(): void {
    this.#reader.close()
    this.#socket.destroy()
  }
}
