export interface Options {
  timeout?: number;
  retries?: number;
  headers?: Record<string, string>;
}

export class JsonClient {
  constructor(baseUrl: string, options?: Options);
  get<T = unknown>(path: string, query?: Record<string, string | number | boolean>): Promise<T>;
  post<T = unknown>(path: string, body?: unknown): Promise<T>;
  put<T = unknown>(path: string, body?: unknown): Promise<T>;
  delete<T = unknown>(path: string): Promise<T>;
}

export class HttpError extends Error {
  status: number;
  body: string;
}

export class TimeoutError extends Error {}
