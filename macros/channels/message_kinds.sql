{#- What can become of a message. -#}
{% macro message_kinds() %}
    {{ return(['sent', 'delivered', 'opened', 'clicked', 'replied', 'bounced', 'unsubscribed', 'complained']) }}
{% endmacro %}
