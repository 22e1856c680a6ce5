import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable, Logger } from '@nestjs/common';
import { StoreUnavailable } from '../platform/redis';
import { Problem, PROBLEM_TYPE, problemBody } from './core/problem';
import { ProblemTranslator } from './problem-translator';

interface Reply {
  readonly sent: boolean;
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): unknown;
}

/** Turns every error into problem+json. What nobody foresaw is logged whole and shown as a request id only. */
@Injectable()
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(private readonly translator: ProblemTranslator) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<{ id: string; method: string; url: string }>();
    const reply = http.getResponse<Reply>();
    const problem = this.translator.problemOf(error);
    if (problem.status >= 500 && !(error instanceof StoreUnavailable) && !(error instanceof Problem)) {
      this.logger.error({ msg: 'a request failed', requestId: request.id, method: request.method, err: error });
    }
    if (reply.sent) return;
    for (const [name, value] of Object.entries(problem.more.headers ?? {})) reply.header(name, value);
    reply.code(problem.status).header('Content-Type', PROBLEM_TYPE).send(problemBody(problem, request.id));
  }
}
