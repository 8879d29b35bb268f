import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;

/**
 * Runs a SQL file in Flink, with a cluster in this process, and ends when its INSERT has ended:
 * java -cp "FLINK/lib/*:CONNECTOR.jar" FlinkSQL.java FILE
 *
 * Flink's own SQL client would do, but the package that PyPI has of Flink lacks a part of it.
 */
public class FlinkSQL {
    private static final Pattern SETTING = Pattern.compile("SET\\s+'([^']+)'\\s*=\\s*'([^']*)'");

    public static void main(String[] arguments) throws Exception {
        TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        for (String statement : Files.readString(Path.of(arguments[0])).split(";\\s*\\n")) {
            String text = statement.strip();
            if (text.isEmpty()) {
                continue;
            }
            Matcher setting = SETTING.matcher(text);
            if (setting.matches()) {
                tables.getConfig().set(setting.group(1), setting.group(2));
                continue;
            }
            TableResult result = tables.executeSql(text);
            if (text.startsWith("INSERT")) {
                result.await();
            }
        }
    }
}
