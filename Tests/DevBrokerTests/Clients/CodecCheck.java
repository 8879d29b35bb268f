import java.io.BufferedReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;

/** Reads messages with the Java client's own code, writes them again and compares the bytes. */
public final class CodecCheck {
    /** Lines of: request number, "request" or "response", version, bytes in hexadecimal. */
    public static void main(String[] args) throws Exception {
        int checked = 0;
        int wrong = 0;
        List<String> lines = Files.readAllLines(Path.of(args[0]));
        for (String line : lines) {
            String[] parts = line.split(" ", -1);
            ApiKeys api = ApiKeys.forId(Short.parseShort(parts[0]));
            short version = Short.parseShort(parts[2]);
            boolean isRequest = parts[1].equals("request");
            ApiMessage message = isRequest ? api.messageType.newRequest() : api.messageType.newResponse();
            if (version < message.lowestSupportedVersion() || version > message.highestSupportedVersion()) continue;
            byte[] bytes = HexFormat.of().parseHex(parts[3]);
            checked++;
            try {
                ByteBufferAccessor accessor = new ByteBufferAccessor(ByteBuffer.wrap(bytes));
                message.read(accessor, version);
                if (accessor.remaining() > 0) throw new IllegalStateException(accessor.remaining() + " bytes left");
                ByteBuffer again = MessageUtil.toByteBufferAccessor(message, version).buffer();
                if (!again.equals(ByteBuffer.wrap(bytes))) throw new IllegalStateException("other bytes: " + message);
            } catch (RuntimeException error) {
                wrong++;
                System.out.println(api + " " + parts[1] + " version " + version + ": " + error);
            }
        }
        System.out.println(checked + " messages checked, " + wrong + " wrong");
        if (wrong > 0 || checked < 200) System.exit(1);
    }
}
