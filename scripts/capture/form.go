// net/http with mime/multipart: CreateFormField, CreatePart for a type of one's own, and for files
// a part header whose quotes are escaped as CreateFormFile escapes them.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"runtime"
	"strings"
)

type part struct{ Name, Kind, Type, Text, Filename, Base64 string }

type request struct {
	Parts []part
	Json  map[string]any
	Pairs [][2]string
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

var client = http.Client{Transport: &http.Transport{}}

func post(url, contentType string, body *bytes.Buffer) {
	response, err := client.Post(url, contentType, body)
	must(err)
	response.Body.Close()
}

var quoteEscaper = strings.NewReplacer("\\", "\\\\", `"`, "\\\"")

func header(p part, parameters string) textproto.MIMEHeader {
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"%s`, quoteEscaper.Replace(p.Name), parameters))
	h.Set("Content-Type", p.Type)
	return h
}

func form(parts []part) (string, *bytes.Buffer) {
	body := &bytes.Buffer{}
	writer := multipart.NewWriter(body)
	for _, p := range parts {
		switch {
		case p.Kind == "text":
			must(writer.WriteField(p.Name, p.Text))
		case p.Kind == "json":
			out, err := writer.CreatePart(header(p, ""))
			must(err)
			fmt.Fprint(out, p.Text)
		default:
			content, err := base64.StdEncoding.DecodeString(p.Base64)
			must(err)
			if p.Type == "application/octet-stream" {
				out, err := writer.CreateFormFile(p.Name, p.Filename)
				must(err)
				out.Write(content)
				continue
			}
			out, err := writer.CreatePart(header(p, fmt.Sprintf(`; filename="%s"`, quoteEscaper.Replace(p.Filename))))
			must(err)
			out.Write(content)
		}
	}
	must(writer.Close())
	return writer.FormDataContentType(), body
}

func main() {
	var r request
	must(json.NewDecoder(os.Stdin).Decode(&r))
	base := os.Args[1]
	contentType, body := form(r.Parts)
	post(base+"/form", contentType, body)
	text, err := json.Marshal(r.Json)
	must(err)
	post(base+"/json", "application/json", bytes.NewBuffer(text))
	values := url.Values{}
	for _, pair := range r.Pairs {
		values.Add(pair[0], pair[1])
	}
	post(base+"/urlencoded", "application/x-www-form-urlencoded", bytes.NewBufferString(values.Encode()))
	fmt.Print(strings.TrimPrefix(runtime.Version(), "go"))
}
