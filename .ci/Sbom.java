import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Fails unless a CycloneDX list describes an artifact and contains exactly the expected components. The arguments are LIST ARTIFACT
 * GROUP/NAME… A component is required, or optional if a question mark follows its name.
 */
final class Sbom {
    private static final String FORMAT = "http://cyclonedx.org/schema/bom/1.";

    public static void main(String[] arguments) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Document list = factory.newDocumentBuilder().parse(new File(arguments[0]));
        Element bom = list.getDocumentElement();
        require(bom.getLocalName().equals("bom") && bom.getNamespaceURI().startsWith(FORMAT), "its format is " + bom.getNamespaceURI());
        require(bom.getAttribute("serialNumber").startsWith("urn:uuid:"), "it has no serial number");
        Element described = child(child(bom, "metadata"), "component");
        require(nameOf(described).equals("io.forthwith/" + arguments[1]), "it describes " + nameOf(described));

        Set<String> named = new TreeSet<>();
        for (Element component : children(child(bom, "components"))) {
            String name = nameOf(component);
            String scope = text(component, "scope");
            require(Set.of("required", "optional").contains(scope), name + " is of scope '" + scope + "'");
            require(!text(component, "version").isBlank(), name + " has no version");
            require(!child(component, "purl").getTextContent().isBlank(), name + " has no purl");
            named.add(scope.equals("optional") ? name + "?" : name);
        }
        Set<String> expected = new TreeSet<>(List.of(arguments).subList(2, arguments.length));
        require(named.equals(expected), "it contains " + named + " instead of " + expected);
        System.out.println(arguments[0] + ": " + named);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            System.err.println("The list of runtime dependencies is wrong: " + otherwise);
            System.exit(1);
        }
    }

    private static String nameOf(Element component) {
        return text(component, "group") + "/" + text(component, "name");
    }

    private static String text(Element parent, String name) {
        return children(parent).stream()
                .filter(each -> each.getLocalName().equals(name))
                .findFirst()
                .map(Element::getTextContent)
                .orElse("");
    }

    private static Element child(Element parent, String name) {
        return children(parent).stream()
                .filter(each -> each.getLocalName().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("No " + name + " in " + parent.getTagName()));
    }

    private static List<Element> children(Element parent) {
        List<Element> all = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element) {
                all.add(element);
            }
        }
        return all;
    }
}
