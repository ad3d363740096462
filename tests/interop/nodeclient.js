// node nodeclient.js PORT NAME FILE WAY [--length]: uploads FILE with the library `ws`; prints what happened as
// one JSON object: the messages that came, the close code. WAY: message, messages, text, texts, fragments,
// ragged, terminate (drops the line after the last message).
"use strict";
const fs = require("fs");
const http = require("http");
const WebSocket = require("ws");

const [port, name, file, way, ...options] = process.argv.slice(2);
const content = fs.readFileSync(file);
const lengthHeader = options.includes("--length") ? { "Upload-Length": content.length } : {};

function requestToken() {
    return new Promise((resolve, reject) => {
        const request = http.request(
            { host: "127.0.0.1", port, path: "/upload", method: "POST", agent: false,
              headers: { "Content-Type": "text/plain", ...lengthHeader } },
            (response) => {
                let body = "";
                response.setEncoding("utf8");
                response.on("data", (text) => (body += text));
                response.on("end", () =>
                    response.statusCode === 200 ? resolve(body) : reject(new Error(`${response.statusCode}: ${body}`)));
            });
        request.on("error", reject);
        request.end(name);
    });
}

function pieces(size) {
    const cut = [];
    for (let at = 0; at < content.length; at += size)
        cut.push(content.subarray(at, at + size));
    return cut;
}

function sendAll(socket) {
    switch (way) {
    case "message":
    case "terminate":
        return socket.send(content);
    case "messages":
        return pieces(65536).forEach((piece) => socket.send(piece));
    case "text":
        return socket.send(content.toString("utf8"));
    case "texts": // cut between characters, not between bytes
        return Array.from(content.toString("utf8")).forEach((character) => socket.send(character));
    case "fragments":
        pieces(10000).forEach((piece) => socket.send(piece, { fin: false }));
        return socket.send(Buffer.alloc(0), { fin: true });
    case "ragged": // sizes at the borders of the three length forms, messages of one to three fragments
        return ragged(socket);
    default:
        throw new Error(`no such way: ${way}`);
    }
}

function ragged(socket) {
    const sizes = [1, 0, 125, 126, 127, 65535, 65536, 65537];
    let at = 0;
    for (let i = 0; at < content.length; ++i) {
        const end = Math.min(at + sizes[i % sizes.length], content.length);
        socket.send(content.subarray(at, end), { fin: i % 3 === 2 || end === content.length });
        at = end;
    }
}

async function main() {
    const token = await requestToken();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/upload/${token}`, { headers: lengthHeader, perMessageDeflate: true });
    const messages = [];
    socket.on("message", (data) => messages.push(data.toString()));
    socket.on("error", (error) => console.error(error.message));
    socket.on("close", (code) => console.log(JSON.stringify({ code, messages, extensions: socket.extensions })));
    socket.on("open", () => {
        sendAll(socket);
        if (way === "terminate")
            socket.send("", () => socket._socket.end()); // all handed to the kernel: no close frame follows
        else
            socket.close(1000);
    });
}

main().catch((error) => {
    console.error(error.message);
    process.exit(1);
});
