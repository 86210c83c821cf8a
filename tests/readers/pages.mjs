// pages.mjs BROWSER FOLDER: every .html and .mmd file of a folder, read by others.
//
// HTML: html-validate, axe-core, and a browser in which nothing may be fetched and no script may
// run; printed, no page is empty, the paper is the one asked for, and nothing is wider than it.
// Mermaid: its own parser, in a page of the same browser.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { HtmlValidate, StaticConfigLoader } from 'html-validate';
import puppeteer from 'puppeteer-core';

const require = createRequire(import.meta.url);
const [browserPath, folder] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const mermaid = fs.readFileSync(
    path.join(path.dirname(require.resolve('mermaid/package.json')), 'dist/mermaid.min.js'), 'utf8');
const validator = new HtmlValidate(new StaticConfigLoader({
    root: true,
    extends: ['html-validate:recommended', 'html-validate:document', 'html-validate:a11y'],
    // well formed as XML too, which the suite holds
    rules: { 'void-style': ['error', { style: 'selfclosing' }] },
}));

// Points of 1/72 inch, and the margins that the style asks for.
const papers = { A4: [595, 842], letter: [612, 792] };
const margin = { top: 51, right: 43, bottom: 57, left: 43 };
const MERMAID_MAX = 50000; // maxTextSize, above which readers draw nothing

let failed = 0;
let pages = 0;
const fail = (file, words) => {
    failed++;
    console.log(`FAIL ${file}: ${words}`);
};

const validate = async (file, full) => {
    const report = await validator.validateFile(full);
    for (const { messages } of report.results)
        for (const message of messages.slice(0, 3))
            fail(file, `html-validate ${message.ruleId}, line ${message.line}: ${message.message}`);
};

// Contrast takes most of the time and is a matter of style alone: measured until every pair of
// element and class was seen.
const measured = new Set();
const access = async (file, page) => {
    await page.evaluate(axe);
    const styled = await page.evaluate(() => [...new Set([...document.querySelectorAll('body *')]
        .map(element => `${element.parentElement.className} ${element.tagName}.${element.getAttribute('class')}`))]);
    const contrast = styled.some(pair => !measured.has(pair));
    styled.forEach(pair => measured.add(pair));
    const violations = await page.evaluate(async enabled => {
        const rules = { 'color-contrast': { enabled } };
        const report = await axe.run(document, { resultTypes: ['violations'], rules });
        return report.violations.map(({ id, help, nodes }) =>
            `${id}: ${help} (${nodes.length}): ${nodes[0].html.slice(0, 200)}`);
    }, contrast);
    violations.forEach(words => fail(file, `axe-core ${words}`));
};

// What only a browser can tell: that captured markup became no element.
const harmless = async (file, page) => {
    const harm = await page.evaluate(() => {
        const found = [...document.querySelectorAll(
            'script,iframe,object,embed,img,link,base,form,input,foreignObject,animate,image,use')]
            .map(element => element.tagName);
        for (const element of document.querySelectorAll('*'))
            for (const { name, value } of element.attributes) {
                if (/^on/i.test(name))
                    found.push(`${element.tagName} ${name}`);
                if (/href$/i.test(name) && !/^(#|https:\/\/)/.test(value))
                    found.push(`${element.tagName} ${name}=${value.slice(0, 80)}`);
            }
        for (const link of document.querySelectorAll('a[href^="#"]'))
            if (document.getElementById(link.hash.slice(1)) === null)
                found.push(`a link to ${link.hash}, which is nowhere`);
        if (document.querySelectorAll('head style').length !== 1)
            found.push('more than one style');
        return found;
    });
    harm.slice(0, 3).forEach(words => fail(file, words));
};

const print = async (file, full, page) => {
    const paper = /size:(A4|letter)/.exec(fs.readFileSync(full, 'utf8'))?.[1];
    if (paper === undefined)
        return fail(file, 'no size of paper');
    const pdf = `${full}.pdf`;
    const [width, height] = papers[paper];
    // what stands beside the paper is lost, or makes the print small
    await page.emulateMediaType('print');
    await page.setViewport({ width: Math.floor((width - margin.left - margin.right) / 0.75), height: 1000 });
    const wide = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth > clientWidth ? `${scrollWidth} of ${clientWidth}` : '';
    });
    if (wide)
        fail(file, `wider than the paper: ${wide}`);
    await page.pdf({ path: pdf, preferCSSPageSize: true });
    const info = execFileSync('pdfinfo', [pdf], { encoding: 'utf8' });
    const size = /Page size:\s+([\d.]+) x ([\d.]+)/.exec(info);
    if (Math.abs(size[1] - width) > 1 || Math.abs(size[2] - height) > 1)
        fail(file, `${paper} was asked for, and the page has ${size[1]} x ${size[2]} pt`);
    const inside = ['-x', margin.left, '-y', margin.top, '-W', width - margin.left - margin.right,
        '-H', height - margin.top - margin.bottom].map(String);
    const text = execFileSync('pdftotext', ['-r', '72', ...inside, pdf, '-'],
        { encoding: 'utf8', maxBuffer: 1 << 28 });
    const printed = text.split('\f').slice(0, -1);
    const count = Number(/Pages:\s+(\d+)/.exec(info)[1]);
    if (printed.length !== count)
        fail(file, `${printed.length} of ${count} pages have text`);
    printed.forEach((words, i) => {
        if (words.trim() === '')
            fail(file, `page ${i + 1} of ${count} is empty`);
    });
    pages += count;
    fs.unlinkSync(pdf);
};

const readHtml = async (file, page) => {
    const full = path.join(folder, file);
    const asked = [];
    const note = request => asked.push(request.url());
    page.on('request', note);
    await page.emulateMediaType('screen');
    await page.setViewport({ width: 1000, height: 900 });
    await page.goto(pathToFileURL(full).href);
    await validate(file, full);
    await harmless(file, page);
    await access(file, page);
    await print(file, full, page);
    page.off('request', note);
    if (asked.length !== 1)
        fail(file, `fetches ${asked.slice(1).join(' ')}`);
};

const readMermaid = async (file, page) => {
    const text = fs.readFileSync(path.join(folder, file), 'utf8');
    if (text.length >= MERMAID_MAX)
        fail(file, `${text.length} characters: too long to be drawn`);
    const said = await page.evaluate(async source => {
        try {
            const { diagramType } = await mermaid.parse(source);
            const { db } = await mermaid.mermaidAPI.getDiagramFromText(source);
            return { diagramType, arrows: db.getMessages().map(({ message }) => message) };
        } catch (error) {
            return { error: String(error) };
        }
    }, text);
    if (said.error !== undefined)
        return fail(file, `mermaid: ${said.error}`);
    // arrows and notes of the file, and those that the parser found
    const written = text.split('\n').filter(line => /^ +(P\d+-+>>P\d+: |Note )/.test(line)).length;
    if (said.diagramType !== 'sequence' || said.arrows.length !== written)
        fail(file, `mermaid reads ${said.arrows.length} of ${written} lines as ${said.diagramType}`);
};

const browser = await puppeteer.launch({
    executablePath: browserPath,
    // root has no sandbox; nothing that is read here comes from elsewhere
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    headless: true,
    protocolTimeout: 600000,
});
let gone = false;
browser.on('disconnected', () => {
    gone = true;
});
const files = fs.readdirSync(folder);
// the small ones first: on them the contrast is measured
const size = file => fs.statSync(path.join(folder, file)).size;
const html = files.filter(file => file.endsWith('.html')).sort((a, b) => size(b) - size(a));
const mmd = files.filter(file => file.endsWith('.mmd'));

const work = async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(120000);
    page.on('dialog', dialog => {
        fail(page.url(), 'a script of the capture runs');
        dialog.dismiss();
    });
    for (let file; !gone && (file = html.pop()) !== undefined;)
        await readHtml(file, page).catch(error => fail(file, String(error)));
    if (!gone)
        await page.close();
};
const total = html.length;
await Promise.all([work(), work()]);
if (gone)
    fail('the browser', 'has gone away');
else if (mmd.length > 0) {
    const page = await browser.newPage();
    await page.goto('about:blank');
    await page.evaluate(mermaid);
    await page.evaluate(() => mermaid.initialize({ startOnLoad: false }));
    for (const file of mmd)
        await readMermaid(file, page);
}
await browser.close();
console.log(`${total} handouts (${pages} pages printed), ${mmd.length} diagrams, ${failed} complaints`);
process.exitCode = failed > 0 || total === 0 || mmd.length === 0 ? 1 : 0;
