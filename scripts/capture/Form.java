// java.net.http has no form of its own: a list of byte arrays, as everybody writes it. Names are escaped
// with backslashes. Reads lines of tab-separated base64 (name, file name, type, content); "-" is none.
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

public class Form {
    static final String BOUNDARY = "JavaHttpClientBoundary'()+_,-./:=?";

    public static void main(String[] args) throws IOException, InterruptedException {
        List<byte[]> body = new ArrayList<>();
        var lines = new BufferedReader(new InputStreamReader(System.in)).lines().toList();
        for (String line : lines) {
            String[] cells = line.split("\t");
            StringBuilder head = new StringBuilder("--" + BOUNDARY + "\r\n");
            head.append("Content-Disposition: form-data; name=\"").append(escape(text(cells[0]))).append('"');
            if (!cells[1].equals("-")) head.append("; filename=\"").append(escape(text(cells[1]))).append('"');
            head.append("\r\n");
            if (!cells[2].equals("-")) head.append("Content-Type: ").append(text(cells[2])).append("\r\n");
            head.append("\r\n");
            body.add(head.toString().getBytes(StandardCharsets.UTF_8));
            body.add(cells.length > 3 ? Base64.getDecoder().decode(cells[3]) : new byte[0]);
            body.add("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        body.add(("--" + BOUNDARY + "--").getBytes(StandardCharsets.UTF_8));
        HttpRequest request = HttpRequest.newBuilder(URI.create(args[0] + "/form"))
            .version(HttpClient.Version.HTTP_1_1)
            .header("Content-Type", "multipart/form-data; boundary=\"" + BOUNDARY + "\"")
            .POST(HttpRequest.BodyPublishers.ofByteArrays(body))
            .build();
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding());
        System.out.print(System.getProperty("java.version"));
    }

    static String escape(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"");
    }

    static String text(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }
}
