// NestJS on its default platform, without TypeScript: decorators are called as functions.
import "reflect-metadata";
import { Body, Catch, Controller, Get, Headers, HttpException, Module, Param, Post, Query, Req, UseFilters, UseGuards } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { Failure, Gate } from "../gate.js";

const gate = new Gate();

function decorate(type, method, parameters, ...decorators) {
  parameters.forEach((parameter, at) => parameter(type.prototype, method, at));
  Reflect.decorate(decorators, type.prototype, method, Object.getOwnPropertyDescriptor(type.prototype, method));
}

class SecretKey {
  canActivate(context) {
    const request = context.switchToHttp().getRequest();
    request.partner = gate.partner(request.headers.authorization, request);
    const provoked = Number(request.headers["x-provoke"]);
    if (provoked) throw new Failure(provoked, "Provoked.");
    return true;
  }
}

class Envelope {
  catch(error, host) {
    const response = host.switchToHttp().getResponse();
    const status = error instanceof HttpException ? error.getStatus() : (error.status ?? 500);
    if (status === 429) response.setHeader("Retry-After", "1");
    response.status(status).json(gate.envelope(status, error.message, response.getHeader("X-Request-Id")));
  }
}
Reflect.decorate([Catch()], Envelope);

class Sessions {
  create(request, body, key) {
    return gate.create(request.partner, body, key);
  }
  list(request, query) {
    return gate.list(request.partner, query);
  }
  retrieve(request, id) {
    return gate.retrieve(request.partner, id);
  }
  cancel(request, id) {
    return gate.cancel(request.partner, id);
  }
}
decorate(Sessions, "create", [Req(), Body(), Headers("idempotency-key")], Post());
decorate(Sessions, "list", [Req(), Query()], Get());
decorate(Sessions, "retrieve", [Req(), Param("id")], Get(":id"));
decorate(Sessions, "cancel", [Req(), Param("id")], Post(":id/cancel"));
Reflect.decorate([Controller("v1/gate_sessions"), UseGuards(SecretKey), UseFilters(Envelope)], Sessions);

class App {}
Reflect.decorate([Module({ controllers: [Sessions] })], App);

const app = await NestFactory.create(App, { logger: false });
app.use((_request, response, next) => {
  response.setHeader("X-Request-Id", gate.requestId());
  next();
});
app.useGlobalFilters(new Envelope());
await app.listen(Number(process.argv[2]), "127.0.0.1");
