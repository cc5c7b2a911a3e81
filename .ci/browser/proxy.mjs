// A reverse proxy, as one stands before the dashboard in production: under a path of its own, which it takes away.
import http from "node:http";

/** Serves "target" under "/prefix/"; counts what it was asked for, and can be stopped and started again. */
export const proxy = async (t, target, prefix = "") => {
  const upstream = new URL(target);
  const seen = [];
  const server = http.createServer((request, response) => {
    if (!request.url.startsWith(prefix + "/")) {
      seen.push({ url: request.url, status: 421 });
      response.writeHead(421).end("not under the prefix");
      return;
    }
    const passed = http.request({
      host: upstream.hostname,
      port: upstream.port,
      method: request.method,
      path: request.url.slice(prefix.length),
      headers: request.headers,
    }, (answer) => {
      seen.push({ url: request.url, status: answer.statusCode, isAsked: "if-none-match" in request.headers });
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    request.pipe(passed);
  });
  const listen = (port) => new Promise((done) => server.listen(port, "localhost", done));
  await listen(0);
  const { port } = server.address();
  const stop = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  t.after(() => server.listening && stop());
  return { url: `http://localhost:${port}${prefix}/`, seen, stop, start: () => listen(port) };
};
